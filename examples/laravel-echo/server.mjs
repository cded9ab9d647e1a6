// What Laravel Echo asks of a Laravel app, without one: /broadcasting/auth and /broadcasting/user-auth.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createAuthHandler, defineChannels, signedInIsEnough } from "@usher/auth";
import { toNode } from "@usher/auth/node";
import { Usher } from "@usher/sdk";

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
const tokens = new Map();

// What is in routes/channels.php, but for the prefixes, which Laravel leaves out and Echo puts in front:
// Echo.private("user-1") is private-user-1, Echo.join("room-lobby") is presence-room-lobby.
const channels = defineChannels()
  .channel("private-user-{id:int}", ({ id }, { user }) => id === user.id)
  .channel(
    "presence-room-{room}",
    signedInIsEnough(({ id, name, avatar }) => ({ id, info: { name, avatar } })),
  )
  .user(({ id, name }) => ({ id, info: { name } }));

const authorize = toNode(
  createAuthHandler({
    key,
    secret,
    channels,
    // Echo's option `bearerToken`.
    user: (request) => tokens.get(request.headers.get("authorization")?.replace("Bearer ", "")),
  }),
);

async function logIn(request, response) {
  let body = "";
  for await (const chunk of request) body += chunk;
  const user = USERS.find(({ id }) => id === JSON.parse(body).user); // Yours asks for a password.
  if (!user) return response.writeHead(401).end();
  const token = randomUUID();
  tokens.set(token, user);
  // The name that Echo's listen("SignedIn") waits for.
  await usher.trigger(`private-user-${user.id}`, "App\\Events\\SignedIn", { name: user.name });
  response.setHeader("Content-Type", "application/json").end(JSON.stringify({ token }));
}

const port = Number(process.env.PORT ?? 3000);
createServer((request, response) => {
  if (request.url === "/broadcasting/auth" || request.url === "/broadcasting/user-auth") {
    return authorize(request, response);
  }
  if (request.method !== "POST" || request.url !== "/login") return response.writeHead(404).end();
  logIn(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
}).listen(port, "127.0.0.1", () => console.log(`Listening on http://127.0.0.1:${port}`));
