import { Token } from "@usher/sdk";

export interface User {
  readonly id: number;
  readonly name: string;
  readonly avatar: string;
}

export const USERS: readonly User[] = [
  { id: 1, name: "Ada", avatar: "/avatars/ada.png" },
  { id: 2, name: "Grace", avatar: "/avatars/grace.png" },
];

/** The session cookie's value: whose it is, signed, since instances of a Next.js app share no memory. */
export async function sessionFor({ id }: User): Promise<string> {
  return `${id}.${await signer().sign(`session:${id}`)}`;
}

export async function userOf(request: Request): Promise<User | undefined> {
  const cookies = request.headers.get("cookie") ?? "";
  const [, id, signature = ""] = /(?:^|; )session=(\d+)\.([^;]*)/.exec(cookies) ?? [];
  const isOurs = id !== undefined && (await signer().verify(`session:${id}`, signature));
  return isOurs ? USERS.find((user) => user.id === Number(id)) : undefined;
}

/** Made when it is needed, because `next build` loads this file without the server's secrets. */
function signer(): Token {
  const secret = process.env.SESSION_SECRET;
  if (!secret) throw new Error("SESSION_SECRET is not set; openssl rand -hex 32 makes one");
  return new Token("session", secret);
}
