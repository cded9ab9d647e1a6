import { hmacSha256Hex } from "@usher/sdk";

export interface User {
  readonly id: number;
  readonly name: string;
  readonly avatar: string;
}

export const USERS: readonly User[] = [
  { id: 1, name: "Ada", avatar: "/avatars/ada.png" },
  { id: 2, name: "Grace", avatar: "/avatars/grace.png" },
];

const secret = process.env.SESSION_SECRET;
if (!secret) throw new Error("SESSION_SECRET is not set; openssl rand -hex 32 makes one");

/** The session cookie's value: whose it is, signed, since instances of a Next.js app share no memory. */
export async function sessionFor({ id }: User): Promise<string> {
  return `${id}.${await hmacSha256Hex(secret ?? "", `session:${id}`)}`;
}

export async function userOf(request: Request): Promise<User | undefined> {
  const session = /(?:^|; )session=([^;]*)/.exec(request.headers.get("cookie") ?? "")?.[1];
  const user = USERS.find(({ id }) => session?.startsWith(`${id}.`));
  return user && session === (await sessionFor(user)) ? user : undefined;
}
