// Serves the page, signs its users in by a session cookie, and authorizes all channels of the page with one request.
import { createAuthHandler, defineChannels, requireHeader, signedInIsEnough } from "@usher/auth";
import { Usher } from "@usher/sdk";
import page from "./index.html";

const { USHER_APP_ID: appId = "", USHER_APP_KEY: key = "", USHER_APP_SECRET: secret = "" } = process.env;
const usherPort = Number(process.env.USHER_PORT ?? 6001);
const usher = new Usher({ appId, key, secret, host: "127.0.0.1", port: usherPort });
const port = Number(process.env.PORT ?? 3000);
const origin = `http://127.0.0.1:${port}`;

interface User {
  readonly id: number;
  readonly name: string;
  readonly avatar: string;
}

const USERS: readonly User[] = [
  { id: 1, name: "Ada", avatar: "🦉" },
  { id: 2, name: "Grace", avatar: "🐝" },
];
const sessions = new Map<string, User>();

// Who may join what. Whatever no rule is for is refused.
const channels = defineChannels<User>()
  .channel("private-user-{id:int}", ({ id }, { user }) => id === user.id)
  .channel(
    "presence-room-{room}",
    signedInIsEnough(({ id, name, avatar }) => ({ id, info: { name, avatar } })),
  );

const authorize = createAuthHandler({
  key,
  secret,
  channels,
  user: (request) =>
    sessions.get(/(?:^|; )session=([^;]*)/.exec(request.headers.get("cookie") ?? "")?.[1] ?? ""),
  csrf: requireHeader("X-Requested-With"),
  // Only for pages that cannot do better; leave it out otherwise. Any site can send such requests with your users'
  // cookies, so they are answered for this page alone.
  jsonp: { origins: [origin] },
});

Bun.serve({
  hostname: "127.0.0.1",
  port,
  development: false,
  routes: {
    "/": page,
    "/pusher/auth": (request) => authorize(request),
    "/login": { POST: logIn },
  },
});
console.log(`Listening on ${origin}`);

async function logIn(request: Request): Promise<Response> {
  const { user: wanted } = await request.json();
  const user = USERS.find(({ id }) => id === wanted); // Yours asks for a password.
  if (!user) return new Response(null, { status: 401 });
  const session = crypto.randomUUID();
  sessions.set(session, user);
  await usher.trigger(`private-user-${user.id}`, "signed-in", { name: user.name });
  const cookie = `session=${session}; Path=/; HttpOnly; SameSite=Lax`;
  return Response.json({ key, port: usherPort }, { headers: { "Set-Cookie": cookie } });
}
