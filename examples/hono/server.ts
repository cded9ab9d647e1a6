// Hono, with a bearer token, for a page on another origin.
import { createAuthHandler, defineChannels, signedInIsEnough } from "@usher/auth";
import { toHono } from "@usher/auth/hono";
import { Usher } from "@usher/sdk";
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";

const { USHER_APP_ID: appId = "", USHER_APP_KEY: key = "", USHER_APP_SECRET: secret = "" } = process.env;
const usher = new Usher({
  appId,
  key,
  secret,
  host: "127.0.0.1",
  port: Number(process.env.USHER_PORT ?? 6001),
});

/** Where the page comes from. */
const ORIGINS = ["http://localhost:5173"];

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
  user: (_request, { req }: Context) => tokens.get(req.header("authorization")?.replace("Bearer ", "") ?? ""),
  // The token is in a header, which makes the browser ask for permission first. No cookies are needed.
  cors: { origins: ORIGINS, credentials: false },
});

const app = new Hono();
app.on(["POST", "OPTIONS"], "/pusher/auth", toHono(authorize));

app.use("/login", cors({ origin: ORIGINS }));
app.post("/login", async (context) => {
  const { user: wanted } = await context.req.json();
  const user = USERS.find(({ id }) => id === wanted); // Yours asks for a password.
  if (!user) return context.body(null, 401);
  const token = crypto.randomUUID();
  tokens.set(token, user);
  await usher.trigger(`private-user-${user.id}`, "signed-in", { name: user.name });
  return context.json({ token });
});

const port = Number(process.env.PORT ?? 3000);
Bun.serve({ hostname: "127.0.0.1", port, fetch: app.fetch });
console.log(`Listening on http://127.0.0.1:${port}`);
