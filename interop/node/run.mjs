// The steps of interop/README.md with the official SDK for Node. One line of JSON for each.
import { createRequire } from "node:module";
import Pusher from "pusher";

const env = process.env;
const app = { appId: env.USHER_APP_ID, key: env.USHER_APP_KEY, secret: env.USHER_APP_SECRET };
const emptyApp = {
  appId: env.USHER_EMPTY_APP_ID,
  key: env.USHER_EMPTY_APP_KEY,
  secret: env.USHER_EMPTY_APP_SECRET,
};
const socketId = env.USHER_SOCKET_ID;
const pusher = connect(app);

function connect(credentials) {
  return new Pusher({
    ...credentials,
    host: env.USHER_HOST,
    port: env.USHER_PORT,
    useTLS: false,
    encryptionMasterKeyBase64: env.USHER_MASTER_KEY,
  });
}

/** `run` returns what to show as the detail, and after it, if need be, what the table says in place of "yes". */
async function step(name, run) {
  try {
    const [detail, note] = await run();
    print({ step: name, ok: true, detail: asText(detail), ...(note ? { note } : {}) });
  } catch (error) {
    print({ step: name, ok: false, detail: String(error) });
  }
}

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const bodyOf = async (request) => (await request).json();

function expect(isTrue, what) {
  if (!isTrue) throw new Error(`expected ${what}`);
}

async function errorOf(request) {
  const error = await request.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error instanceof Pusher.RequestError, `a RequestError, not ${error}`);
  return [`${error.status} ${error.body}`, "`RequestError`"];
}

await step("sdk", () => [createRequire(import.meta.url)("pusher/package.json").version]);

await step("channels_empty", async () => [
  await bodyOf(connect(emptyApp).get({ path: "/channels" })),
  "by `get`",
]);
await step("client_from_url", async () => {
  const { key, secret, appId } = app;
  const url = `http://${key}:${secret}@${env.USHER_HOST}:${env.USHER_PORT}/apps/${appId}`;
  return [await bodyOf(Pusher.forURL(url).trigger("news", "from-url", { n: 0 }))];
});

await step("trigger_one", async () => [await bodyOf(pusher.trigger("news", "one", { text: "żółć 🚀" }))]);
await step("trigger_many", async () => [await bodyOf(pusher.trigger(["news", "sport"], "many", { n: 2 }))]);
await step("trigger_exclude", async () => [
  await bodyOf(pusher.trigger("news", "exclude", { n: 3 }, { socket_id: socketId })),
]);
await step("trigger_info", async () => {
  const info = "subscription_count,user_count";
  return [await bodyOf(pusher.trigger(["news", "presence-room"], "info", { n: 4 }, { info }))];
});
await step("batch", async () => [
  await bodyOf(
    pusher.triggerBatch([
      { channel: "news", name: "batch-first", data: { n: 5 } },
      { channel: "sport", name: "batch-second", data: { n: 6 } },
    ]),
  ),
]);
await step("batch_info", async () => [
  await bodyOf(
    pusher.triggerBatch([
      { channel: "news", name: "batch-info", data: { n: 7 }, info: "subscription_count" },
      { channel: "presence-room", name: "batch-info", data: { n: 8 }, info: "user_count" },
    ]),
  ),
]);
await step("trigger_encrypted", async () => [
  await bodyOf(pusher.trigger("private-encrypted-vault", "secret", { text: "between us" })),
]);

await step("channels", async () => {
  const params = { filter_by_prefix: "presence-", info: "user_count" };
  return [await bodyOf(pusher.get({ path: "/channels", params })), "by `get`"];
});
await step("channel", async () => {
  const params = { info: "subscription_count" };
  return [await bodyOf(pusher.get({ path: "/channels/news", params })), "by `get`"];
});
await step("channel_unoccupied", async () => [
  await bodyOf(pusher.get({ path: "/channels/nobody-here" })),
  "by `get`",
]);
await step("users", async () => [
  await bodyOf(pusher.get({ path: "/channels/presence-room/users" })),
  "by `get`",
]);

await step("send_to_user", async () => [await bodyOf(pusher.sendToUser("carol", "note", { n: 9 }))]);
await step("terminate", async () => [await bodyOf(pusher.terminateUserConnections("carol"))]);

await step("authorize_private", () => [pusher.authorizeChannel(socketId, "private-account")]);
await step("authorize_presence", () => {
  const member = { user_id: "dora", user_info: { name: "Dora Ünal" } };
  return [pusher.authorizeChannel(socketId, "presence-lounge", member)];
});
await step("authorize_encrypted", () => [pusher.authorizeChannel(socketId, "private-encrypted-vault")]);
await step("authenticate_user", () => [
  pusher.authenticateUser(socketId, { id: "erin", user_info: { name: "Erin" } }),
]);

await step("wrong_secret", () => errorOf(connect({ ...app, secret: "wrong" }).trigger("news", "never", {})));
await step("too_large", () => errorOf(pusher.trigger("news", "never", "x".repeat(10_241))));

// From Pusher's own tests, with an app of its own.
const published = {
  ...app,
  key: env.USHER_PUBLISHED_WEBHOOK_KEY,
  secret: env.USHER_PUBLISHED_WEBHOOK_SECRET,
};

function webhook(name, credentials = app, signature = env[`USHER_${name}_SIGNATURE`]) {
  const headers = {
    "content-type": "application/json",
    "x-pusher-key": credentials.key,
    "x-pusher-signature": signature,
  };
  return connect(credentials).webhook({ headers, rawBody: env[`USHER_${name}_BODY`] });
}

function accept(hook) {
  expect(hook.isValid(), "a valid webhook");
  return [hook.getEvents()];
}

await step("webhook", () => accept(webhook("WEBHOOK")));
await step("webhook_published", () => accept(webhook("PUBLISHED_WEBHOOK", published)));
await step("webhook_encrypted", () => accept(webhook("ENCRYPTED_WEBHOOK")));
await step("webhook_forged", () => {
  expect(!webhook("WEBHOOK", app, "0".repeat(64)).isValid(), "a refusal");
  return ["refused"];
});
