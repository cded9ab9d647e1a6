/** An app's authorization endpoint as the toolkit makes it, in a process of its own: whoever sends a user id is that user. */
import { createAuthHandler, defineChannels } from "@usher/auth";

interface User {
  readonly id: string;
}

const handler = createAuthHandler<User>({
  key: process.env.USHER_APP_KEY ?? "",
  secret: process.env.USHER_APP_SECRET ?? "",
  channels: defineChannels<User>().channel(
    "private-user-{id}-{part:int}",
    ({ id }, { user }) => id === user.id,
  ),
  user: (request) => {
    const id = request.headers.get("x-user");
    return id === null ? null : { id };
  },
});

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.AUTH_PORT),
  fetch: (request) => handler(request),
});
