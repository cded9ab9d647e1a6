// Express, with a session cookie and a CSRF token.
import { randomUUID } from "node:crypto";
import { createAuthHandler, defineChannels, doubleSubmit, signedInIsEnough } from "@usher/auth";
import { toExpress } from "@usher/auth/express";
import { Usher } from "@usher/sdk";
import express from "express";

const { USHER_APP_ID: appId, USHER_APP_KEY: key, USHER_APP_SECRET: secret } = process.env;
const usher = new Usher({
  appId,
  key,
  secret,
  host: "127.0.0.1",
  port: Number(process.env.USHER_PORT ?? 6001),
});

const USERS = [
  { id: 1, name: "Ada", avatar: "/avatars/ada.png" },
  { id: 2, name: "Grace", avatar: "/avatars/grace.png" },
];
const sessions = new Map();

// Who may join what. Whatever no rule is for is refused.
const channels = defineChannels()
  .channel("private-user-{id:int}", ({ id }, { user }) => id === user.id)
  .channel(
    "presence-room-{room}",
    signedInIsEnough(({ id, name, avatar }) => ({ id, info: { name, avatar } })),
  );

const authorize = createAuthHandler({
  key,
  secret,
  channels,
  user: (_request, { headers }) => sessions.get(/(?:^|; )session=([^;]*)/.exec(headers.cookie ?? "")?.[1]),
  // The page repeats the cookie `csrf`: channelAuthorization: { endpoint, headersProvider: () => ({ "X-CSRF-Token": … }) }
  csrf: doubleSubmit({ cookie: "csrf", header: "X-CSRF-Token" }),
});

const app = express();
app.all("/pusher/auth", toExpress(authorize));

app.post("/login", express.json(), async (request, response, next) => {
  try {
    const user = USERS.find(({ id }) => id === request.body.user); // Yours asks for a password.
    if (!user) return response.sendStatus(401);
    const session = randomUUID();
    sessions.set(session, user);
    await usher.trigger(`private-user-${user.id}`, "signed-in", { name: user.name });
    response.cookie("session", session, { httpOnly: true, sameSite: "lax" });
    response.cookie("csrf", randomUUID(), { sameSite: "lax" }).sendStatus(204);
  } catch (error) {
    next(error);
  }
});

const port = Number(process.env.PORT ?? 3000);
app.listen(port, "127.0.0.1", () => console.log(`Listening on http://127.0.0.1:${port}`));
