// Fastify, with a bearer token, and users that sign in with Usher, too.
import { randomUUID } from "node:crypto";
import { createAuthHandler, defineChannels, signedInIsEnough } from "@usher/auth";
import { toFastify } from "@usher/auth/fastify";
import { Usher } from "@usher/sdk";
import fastify, { type FastifyRequest } from "fastify";

const { USHER_APP_ID: appId = "", USHER_APP_KEY: key = "", USHER_APP_SECRET: secret = "" } = process.env;
const usher = new Usher({
  appId,
  key,
  secret,
  host: "127.0.0.1",
  port: Number(process.env.USHER_PORT ?? 6001),
});

interface User {
  readonly id: number;
  readonly name: string;
  readonly avatar: string;
}

const USERS: readonly User[] = [
  { id: 1, name: "Ada", avatar: "/avatars/ada.png" },
  { id: 2, name: "Grace", avatar: "/avatars/grace.png" },
];
const tokens = new Map<string, User>();

// Who may join what, and who signs in. Whatever no rule is for is refused.
const channels = defineChannels<User>()
  .channel("private-user-{id:int}", ({ id }, { user }) => id === user.id)
  .channel(
    "presence-room-{room}",
    signedInIsEnough(({ id, name, avatar }) => ({ id, info: { name, avatar } })),
  )
  .user(({ id, name, avatar }) => ({ id, info: { name, avatar } }));

const authorize = createAuthHandler({
  key,
  secret,
  channels,
  user: (_request, { headers }: FastifyRequest) =>
    tokens.get(headers.authorization?.replace("Bearer ", "") ?? ""),
});

const app = fastify();
// At /pusher/auth for channels and /pusher/user-auth for pusher.signin().
app.register(toFastify(authorize));

app.post<{ Body: { user?: number } }>("/login", async ({ body }, reply) => {
  const user = USERS.find(({ id }) => id === body.user); // Yours asks for a password.
  if (!user) return reply.code(401).send();
  const token = randomUUID();
  tokens.set(token, user);
  await usher.trigger(`private-user-${user.id}`, "signed-in", { name: user.name });
  // The same to the user wherever they are signed in, whichever channels they are on.
  await usher.sendToUser(String(user.id), "signed-in", { name: user.name });
  return { token };
});

const url = await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 3000) });
console.log(`Listening on ${url}`);
