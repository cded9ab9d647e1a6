import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Admin } from "../support/admin.ts";
import { startServer, type TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

const SOCKET_ID = "1234.5678";
const CHANNEL = "private-room";
const FULL_SIGNATURE = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/i;

let server: TestServer;
const admin = new Admin(() => server);

beforeAll(async () => {
  // Production, where the endpoints of these tests, on loopback, have to be allowed.
  server = await startServer({ env: { USHER_MODE: "production", USHER_WEBHOOK_ALLOW_PRIVATE: "true" } });
});
afterAll(async () => void (await server.stop()));

const path = (rest: string) => `/apps/${server.appId}/${rest}`;
const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");

function frame(auth: string, channel = CHANNEL): string {
  return JSON.stringify({ event: "pusher:subscribe", data: { channel, auth } });
}

function explain(pasted: string, more: Readonly<Record<string, unknown>> = {}) {
  return admin.done("POST", path("explain"), { pasted, ...more });
}

test("a frame signed with a wrong secret is explained, and the secret that made it is named", async () => {
  const other = await admin.done("POST", "/apps", { name: "Other" });
  const auth = `${server.key}:${hmac(other.credentials.secret, `${SOCKET_ID}:${CHANNEL}`)}`;
  const { kind, is_answer, explanation } = await explain(frame(auth), { socket_id: SOCKET_ID });
  expect({ kind, is_answer }).toEqual({ kind: "channel", is_answer: false });
  expect(explanation).toMatchObject({
    cause: "secret_of_another_app",
    string_to_sign: `${SOCKET_ID}:${CHANNEL}`,
    matched_secret: { state: "current", app_id: other.app.id },
  });
  expect(explanation.matched_secret.fingerprint).toMatch(/^[0-9a-f]{12}$/);
  expect(explanation.checks).toEqual([
    { name: "auth_value", state: "passed" },
    { name: "key", state: "passed" },
    { name: "digest", state: "passed" },
    { name: "secret", state: "failed" },
    { name: "text", state: "not_reached" },
  ]);
});

test("a log of pusher-js is explained, with the socket id that it tells", async () => {
  const auth = `${server.key}:${hmac(server.secret, `${CHANNEL}:${SOCKET_ID}`)}`;
  const established = JSON.stringify({
    event: "pusher:connection_established",
    data: JSON.stringify({ socket_id: SOCKET_ID, activity_timeout: 120 }),
  });
  const log = `Pusher :  : ["Event recd",${established}]\nPusher :  : ["Event sent",${frame(auth)}]`;
  expect((await explain(log)).explanation.cause).toBe("arguments_swapped");
});

test("an endpoint's answer, a request of the HTTP API and a sign-in are told apart", async () => {
  const auth = `${server.key}:${hmac(server.secret, `${SOCKET_ID}:${CHANNEL}`)}`;
  const subject = { socket_id: SOCKET_ID, channel: CHANNEL };
  const right = await explain(JSON.stringify({ auth }), subject);
  expect(right).toMatchObject({
    kind: "channel",
    is_answer: true,
    explanation: { cause: "signature_valid" },
  });
  const page = await explain("<!doctype html><title>Log in</title>", subject);
  expect(page.explanation.cause).toBe("response_not_json");
  const request = await explain(
    `curl "http://localhost/apps/${server.appId}/events?auth_key=${server.key}&auth_timestamp=1&auth_version=1.0&auth_signature=${hmac("x", "y")}" -d '{}'`,
  );
  expect(request).toMatchObject({ kind: "request" });
  const signin = JSON.stringify({ event: "pusher:signin", data: { auth, user_data: '{"id":"1"}' } });
  expect(await explain(signin, { socket_id: SOCKET_ID })).toMatchObject({ kind: "user" });
});

test("a paste that does not tell enough asks for the rest", async () => {
  const lacking = await admin.ask("POST", path("explain"), { pasted: frame("a:b") });
  expect(lacking.body.error.code).toBe("paste_lacks_socket_id");
  const answer = await admin.ask("POST", path("explain"), { pasted: '{"auth":"a:b"}', socket_id: SOCKET_ID });
  expect(answer.body.error.code).toBe("paste_lacks_channel");
  const open = await admin.ask("POST", path("explain"), {
    pasted: "{}",
    socket_id: SOCKET_ID,
    channel: "orders",
  });
  expect(open.body.error.code).toBe("invalid_request");
  const long = await admin.ask("POST", path("explain"), { pasted: "x".repeat(20_001) });
  expect(long.body.error.code).toBe("invalid_request");
});

test("whatever stands in the paste, the answer has no secret and no whole signature", async () => {
  const right = hmac(server.secret, `${SOCKET_ID}:${CHANNEL}`);
  const pastes = [
    frame(`${server.key}:${right}`),
    frame(`${server.key}:${server.secret}`),
    frame(`${server.secret}:${right}`),
    frame(`Some(${server.key}:${right})`),
    frame(JSON.stringify({ auth: `${server.key}:${right}` })),
    frame(right),
    JSON.stringify({ auth: `${server.key}:${right.toUpperCase()}`, secret: server.secret }),
    `${server.secret} ${right}`,
    `GET /apps/${server.secret}/channels?auth_key=${server.secret}&auth_signature=${right}&secret=${server.secret}`,
  ];
  for (const pasted of pastes) {
    const { text } = await admin.ask("POST", path("explain"), {
      pasted,
      socket_id: SOCKET_ID,
      channel: CHANNEL,
    });
    expect(text).not.toContain(server.secret);
    expect(text).not.toMatch(FULL_SIGNATURE);
  }
});

test("the worst paste takes no longer than other requests may wait", async () => {
  const begun = performance.now();
  for (const pasted of [
    "Expected HMAC SHA256 hex digest of ".repeat(570),
    `${"{".repeat(10_000)}${"}".repeat(10_000)}`,
    `/**/a(${"{".repeat(19_900)}`,
    `HmacSHA256Hex("GET\n`.repeat(1_000),
    frame(`${server.key}:${hmac("nobody's", "x")}`, `presence-${"a".repeat(19_000)}`),
    `curl ${"'a' ".repeat(4_900)}`,
  ]) {
    await admin.ask("POST", path("explain"), { pasted, socket_id: SOCKET_ID, channel: CHANNEL });
  }
  // Six of them in sequence; on an idle machine they take some fifty milliseconds together.
  expect(performance.now() - begun).toBeLessThan(10_000);
});

/** An endpoint that answers as told. */
function endpoint(answer: (form: URLSearchParams, request: Request) => Response) {
  const running = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => answer(new URLSearchParams(await request.text()), request),
  });
  return { url: `http://127.0.0.1:${running.port}/pusher/auth`, stop: () => running.stop(true) };
}

test("a live endpoint is asked what pusher-js asks, and its mistakes are named", async () => {
  const { url, stop } = endpoint((form, request) => {
    if (request.headers.get("x-user") !== "10") return new Response("no", { status: 403 });
    const text = `${form.get("channel_name")}:${form.get("socket_id")}`;
    return Response.json({ auth: `${server.key}:${hmac(server.secret, text)}` });
  });
  const answer = await admin.done("POST", path("check-endpoint"), {
    url,
    channels: ["private-user-10"],
    headers: { "X-User": "10" },
  });
  await stop();
  expect(answer.ok).toBe(false);
  expect(answer.requests[0]).toMatchObject({ name: "private-user-10", method: "POST", status: 200 });
  expect(answer.requests[0].problems.map(({ code }: { code: string }) => code)).toContain(
    "arguments_swapped",
  );
  const { items } = await admin.done("GET", "/audit?action=endpoint.check");
  expect(items[0]).toMatchObject({ target: url, details: { channels: ["private-user-10"] } });
  expect(JSON.stringify(items)).not.toContain("X-User");
});

test("an endpoint that spills the secret does not spill it through the doctor", async () => {
  const right = hmac(server.secret, "x");
  const { url, stop } = endpoint(() => new Response(`${server.secret} ${right}`, { status: 400 }));
  const { text } = await admin.ask("POST", path("check-endpoint"), { url, channels: [CHANNEL] });
  await stop();
  expect(text).toContain("[secret]");
  expect(text).not.toContain(server.secret);
  expect(text).not.toMatch(FULL_SIGNATURE);
});

test("headers that would change where a request goes are refused", async () => {
  for (const headers of [{ Host: "evil.example" }, { "Content-Length": "3" }, { "X-A": "a\r\nB: c" }]) {
    const { body } = await admin.ask("POST", path("check-endpoint"), {
      url: "http://127.0.0.1:9/auth",
      channels: [CHANNEL],
      headers,
    });
    expect(body.error.code).toBe("invalid_request");
  }
});

test("in production no private address is asked, by any of its names", async () => {
  const closed = await startServer({ env: { USHER_MODE: "production" } });
  const strict = new Admin(() => closed);
  let asked = 0;
  const { url, stop } = endpoint(() => {
    asked++;
    return new Response("{}");
  });
  const { port } = new URL(url);
  const addresses = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, `2130706433:${port}`];
  for (const address of [...addresses, "169.254.169.254", "[::ffff:127.0.0.1]"]) {
    const { status, body } = await strict.ask("POST", `/apps/${closed.appId}/check-endpoint`, {
      url: `http://${address}/auth`,
      channels: [CHANNEL],
    });
    expect([address, status, body.error.code]).toEqual([address, 403, "endpoint_forbidden"]);
  }
  await stop();
  await closed.stop();
  expect(asked).toBe(0);
});

test("no more endpoints are asked at once than the server has patience for", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: allWait, resolve: fourWait } = Promise.withResolvers<void>();
  let waiting = 0;
  const slow = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch() {
      waiting++;
      if (waiting === 4) fourWait();
      await released;
      return new Response("no", { status: 403 });
    },
  });
  const question = { url: `http://127.0.0.1:${slow.port}/auth`, channels: [CHANNEL] };
  const four = [1, 2, 3, 4].map(() => admin.ask("POST", path("check-endpoint"), question));
  await allWait;
  const fifth = await admin.ask("POST", path("check-endpoint"), question);
  expect([fifth.status, fifth.body.error.code]).toEqual([429, "doctor_busy"]);
  release();
  for (const { status } of await Promise.all(four)) expect(status).toBe(200);
  await slow.stop(true);
});

test("the last refusals come with their checks", async () => {
  const refused = await fetch(
    `http://${server.host}:${server.port}/apps/${server.appId}/channels?auth_key=${server.key}&auth_timestamp=1&auth_version=1.0&auth_signature=${hmac("a", "b")}`,
  );
  expect(refused.status).toBe(401);
  // It is explained after it was answered.
  for (;;) {
    const { items } = await admin.done("GET", path("refusals"));
    if (items.length === 0) continue;
    expect(items[0].explanation.checks.map(({ name }: { name: string }) => name)).toContain("timestamp");
    break;
  }
});
