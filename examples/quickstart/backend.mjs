// Your server: decides who may join which channel, and triggers events.
import { createServer } from "node:http";
import Pusher from "pusher";

const pusher = new Pusher({
  appId: process.env.USHER_APP_ID,
  key: process.env.USHER_APP_KEY,
  secret: process.env.USHER_APP_SECRET,
  host: "127.0.0.1",
  port: process.env.USHER_PORT ?? "6001",
  useTLS: false,
});

createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const form = new URLSearchParams(body);

  // Ask your own session here who this is, and let them join only what is theirs.
  const mayJoin = form.get("channel_name") === "private-orders";
  if (!mayJoin) return response.writeHead(403).end();

  const grant = pusher.authorizeChannel(form.get("socket_id"), form.get("channel_name"));
  response.setHeader("Content-Type", "application/json").end(JSON.stringify(grant));
}).listen(3000, "127.0.0.1");

setInterval(() => pusher.trigger("private-orders", "shipped", { order: 42 }).catch(console.error), 1000);
