import { defineChannels } from "@usher/auth";

interface User {
  readonly id: string;
}

/** Rules as somebody would write them for `usher auth-server`. */
export const channels = defineChannels<User>()
  .channel("private-user-{id}", ({ id }, { user }) => id === user.id)
  .channel("private-encrypted-user-{id}", ({ id }, { user }) => id === user.id)
  .channel("presence-room-{room}", (_, { user }) => ({ id: user.id, info: { name: `User ${user.id}` } }))
  .user((user) => ({ id: user.id }));

/** Who asks: by header or, as scripts have none, by parameter. */
export function user(request: Request, parameters: URLSearchParams): User | undefined {
  const id = request.headers.get("x-user") ?? parameters.get("user");
  return id === null ? undefined : { id };
}
