import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { ERRORS } from "@usher/protocol";
import { Api, type ApiRequest } from "../../../../tests/support/api.ts";
import { createApp, newDataDir } from "../../../../tests/support/apps.ts";
import { startServer, TEST_APP, type TestServer } from "../../../../tests/support/server.ts";
import { channelAuth, hmacHex, md5Hex, userAuth } from "../../../../tests/support/sign.ts";
import { dataOf, errorOf, TestSocket } from "../../../../tests/support/socket.ts";
import { eventually } from "../../../../tests/support/time-limit.ts";
import { withApps } from "../../../../tests/support/with-apps.ts";
import { SYSTEM } from "../actor.ts";

const OTHER = { id: "4", key: "otherkey0otherkey0", secret: "othersecret0othersecret0" };
const REVOKED = "revokedsecret0revokedsecret0";
const SECRETS = [TEST_APP.secret, OTHER.secret, REVOKED];
const MEMBER = '{"user_id":"10","user_info":{"name":"Jo"}}';
/** The server looks into ten refusals of one app a second, so nobody asks faster here. */
const PACE_MS = 110;
const NOWHERE = "0".repeat(64);

/** A data directory with two apps, the first of which has a revoked secret. */
async function prepare(): Promise<string> {
  const dataDir = await newDataDir();
  await createApp(dataDir, TEST_APP);
  await createApp(dataDir, OTHER);
  await withApps(dataDir, async (apps) => {
    await apps.rotateSecret(TEST_APP.id, TEST_APP.key, { secret: REVOKED }, SYSTEM);
    await apps.cancelRotation(TEST_APP.id, TEST_APP.key, SYSTEM);
  });
  return dataDir;
}

async function connect({ host, port }: TestServer, app: typeof OTHER = TEST_APP): Promise<TestSocket> {
  const socket = new TestSocket(`ws://${host}:${port}/app/${app.key}?protocol=7`, app);
  await socket.established();
  return socket;
}

type LogLine = Readonly<Record<string, unknown>>;

/** The first log line with this cause after a point of the output, as soon as it is there. */
async function lineWith(server: TestServer, from: number, cause: string): Promise<LogLine> {
  const lines = await eventually(
    async () =>
      server
        .output()
        .slice(from)
        .split("\n")
        .flatMap((line): LogLine[] => {
          try {
            return [JSON.parse(line) as LogLine];
          } catch {
            return [];
          }
        })
        .filter((line) => line.cause !== undefined),
    (found) => found.some((line) => line.cause === cause),
  );
  return lines.find((line) => line.cause === cause) as LogLine;
}

async function metrics({ host, opsPort }: TestServer): Promise<string> {
  return (await fetch(`http://${host}:${opsPort}/metrics`)).text();
}

/** What a client sends, which the server refuses for one cause. */
interface Refusable {
  readonly cause: string;
  readonly frame: (socket: TestSocket) => object;
  readonly matched?: LogLine;
}

function subscribe(channel: string, auth: unknown, channelData?: unknown): object {
  return { event: "pusher:subscribe", data: { channel, auth, channel_data: channelData } };
}

const by = (secret: string) => ({ ...TEST_APP, secret });

const FRAMES: readonly Refusable[] = [
  {
    cause: "arguments_swapped",
    frame: ({ socketId }) =>
      subscribe("private-a", `${TEST_APP.key}:${hmacHex(TEST_APP.secret, `private-a:${socketId}`)}`),
  },
  {
    cause: "secret_of_another_app",
    frame: ({ socketId }) => subscribe("private-a", channelAuth(by(OTHER.secret), socketId, "private-a")),
    matched: { slot: "current", app: "4", id: expect.any(String) },
  },
  {
    cause: "secret_revoked",
    frame: ({ socketId }) => subscribe("private-a", channelAuth(by(REVOKED), socketId, "private-a")),
    matched: { slot: "revoked", app: "3", id: expect.any(String) },
  },
  {
    cause: "key_used_as_secret",
    frame: ({ socketId }) => subscribe("private-a", channelAuth(by(TEST_APP.key), socketId, "private-a")),
  },
  {
    cause: "secret_padded",
    frame: ({ socketId }) =>
      subscribe("private-a", channelAuth(by(`"${TEST_APP.secret}"`), socketId, "private-a")),
  },
  {
    cause: "secret_placeholder",
    frame: ({ socketId }) =>
      subscribe("private-a", channelAuth(by("PUSHER_APP_SECRET"), socketId, "private-a")),
  },
  {
    cause: "channel_data_not_signed",
    frame: ({ socketId }) => subscribe("presence-a", channelAuth(TEST_APP, socketId, "presence-a"), MEMBER),
  },
  {
    cause: "channel_data_reserialised",
    frame: ({ socketId }) =>
      subscribe(
        "presence-a",
        channelAuth(TEST_APP, socketId, "presence-a", MEMBER.replaceAll(":", ": ").replaceAll(",", ", ")),
        MEMBER,
      ),
  },
  {
    cause: "user_id_type_changed",
    frame: ({ socketId }) =>
      subscribe(
        "presence-a",
        channelAuth(TEST_APP, socketId, "presence-a", MEMBER.replace('"10"', "10")),
        MEMBER,
      ),
  },
  {
    cause: "channel_data_object",
    frame: ({ socketId }) =>
      subscribe("presence-a", channelAuth(TEST_APP, socketId, "presence-a", MEMBER), { user_id: "10" }),
  },
  {
    cause: "channel_data_missing",
    frame: ({ socketId }) => subscribe("presence-a", channelAuth(TEST_APP, socketId, "presence-a")),
  },
  {
    cause: "user_id_missing",
    frame: ({ socketId }) =>
      subscribe("presence-a", channelAuth(TEST_APP, socketId, "presence-a", '{"id":1}'), '{"id":1}'),
  },
  {
    cause: "trailing_colon",
    frame: ({ socketId }) =>
      subscribe("private-a", `${TEST_APP.key}:${hmacHex(TEST_APP.secret, `${socketId}:private-a:`)}`),
  },
  {
    cause: "newline_signed",
    frame: ({ socketId }) =>
      subscribe("private-a", `${TEST_APP.key}:${hmacHex(TEST_APP.secret, `${socketId}:private-a\n`)}`),
  },
  {
    cause: "channel_prefix_wrong",
    frame: ({ socketId }) => subscribe("private-a", channelAuth(TEST_APP, socketId, "a")),
  },
  {
    cause: "auth_double_encoded",
    frame: ({ socketId }) =>
      subscribe("private-a", JSON.stringify({ auth: channelAuth(TEST_APP, socketId, "private-a") })),
  },
  { cause: "auth_absent", frame: () => subscribe("private-a", undefined) },
  {
    cause: "auth_wrapped",
    frame: ({ socketId }) => subscribe("private-a", `Some(${channelAuth(TEST_APP, socketId, "private-a")})`),
  },
  {
    cause: "key_prefix_missing",
    frame: ({ socketId }) => subscribe("private-a", hmacHex(TEST_APP.secret, `${socketId}:private-a`)),
  },
  {
    cause: "key_of_another_app",
    frame: ({ socketId }) => subscribe("private-a", channelAuth(OTHER, socketId, "private-a")),
  },
  {
    cause: "secret_used_as_key",
    frame: ({ socketId }) =>
      subscribe(
        "private-a",
        channelAuth({ ...TEST_APP, key: TEST_APP.secret, secret: TEST_APP.key }, socketId, "private-a"),
      ),
  },
  {
    cause: "signature_uppercase",
    frame: ({ socketId }) =>
      subscribe(
        "private-a",
        `${TEST_APP.key}:${hmacHex(TEST_APP.secret, `${socketId}:private-a`).toUpperCase()}`,
      ),
  },
  {
    cause: "signature_base64",
    frame: ({ socketId }) =>
      subscribe(
        "private-a",
        `${TEST_APP.key}:${Buffer.from(hmacHex(TEST_APP.secret, `${socketId}:private-a`), "hex").toString("base64")}`,
      ),
  },
  {
    cause: "signed_as_user",
    frame: ({ socketId }) => subscribe("presence-a", userAuth(TEST_APP, socketId, MEMBER), MEMBER),
  },
  { cause: "unknown", frame: () => subscribe("private-a", `${TEST_APP.key}:${NOWHERE}`) },
  {
    cause: "user_separator_wrong",
    frame: ({ socketId }) => ({
      event: "pusher:signin",
      data: {
        auth: `${TEST_APP.key}:${hmacHex(TEST_APP.secret, `${socketId}:user:{"id":"1"}`)}`,
        user_data: '{"id":"1"}',
      },
    }),
  },
  {
    cause: "signed_as_channel",
    frame: ({ socketId }) => ({
      event: "pusher:signin",
      data: {
        auth: `${TEST_APP.key}:${hmacHex(TEST_APP.secret, `${socketId}:{"id":"1"}`)}`,
        user_data: '{"id":"1"}',
      },
    }),
  },
  { cause: "auth_absent", frame: () => ({ event: "pusher:signin", data: { user_data: '{"id":"1"}' } }) },
  {
    cause: "user_data_missing",
    frame: ({ socketId }) => ({ event: "pusher:signin", data: { auth: userAuth(TEST_APP, socketId, "x") } }),
  },
  {
    cause: "user_data_id_invalid",
    frame: ({ socketId }) => ({
      event: "pusher:signin",
      data: { auth: userAuth(TEST_APP, socketId, '{"id":1}'), user_data: '{"id":1}' },
    }),
  },
];

const EVENT = { name: "e", channels: ["c"], data: "x" };
const NOW = () => Math.floor(Date.now() / 1_000);

/** What an app's server sends, which the server refuses for one cause. */
const CALLS: readonly { readonly cause: string; readonly call: () => ApiRequest }[] = [
  {
    cause: "clock_skew",
    call: () => ({ path: "/events", body: EVENT, auth: { auth_timestamp: String(NOW() - 1_234) } }),
  },
  {
    cause: "timestamp_milliseconds",
    call: () => ({ path: "/events", body: EVENT, auth: { auth_timestamp: String(Date.now()) } }),
  },
  { cause: "secret_revoked", call: () => ({ path: "/events", body: EVENT, app: by(REVOKED) }) },
  { cause: "secret_placeholder", call: () => ({ path: "/events", body: EVENT, app: by("your-app-secret") }) },
  {
    cause: "path_prefix_changed",
    call: () => ({
      path: "/events",
      signedPath: "/events",
      body: EVENT,
      auth: { auth_signature: signed("/realtime/apps/3/events") },
    }),
  },
  {
    cause: "method_wrong",
    call: () => ({
      path: "/channels",
      auth: { auth_timestamp: STAMP(), auth_signature: signed("/apps/3/channels", "get", "") },
    }),
  },
  {
    cause: "query_encoded",
    call: () => ({ path: "/channels", query: [["info", "a,b"]], signedQuery: [["info", "a%2Cb"]] }),
  },
  {
    cause: "query_parameters_not_signed",
    call: () => ({ path: "/channels", query: [["info", "user_count"]], signedQuery: [] }),
  },
  { cause: "body_md5_missing", call: () => ({ path: "/events", body: EVENT, auth: { body_md5: null } }) },
  {
    cause: "body_reserialised",
    call: () => ({
      path: "/events",
      body: EVENT,
      auth: { body_md5: md5Hex(JSON.stringify(EVENT, null, 2)) },
    }),
  },
  {
    cause: "app_id_wrong",
    call: () => ({ path: "/events", body: EVENT, app: { ...TEST_APP, id: OTHER.id } }),
  },
  {
    cause: "key_unknown",
    call: () => ({ path: "/events", body: EVENT, app: { ...TEST_APP, key: "nokey0nokey0" } }),
  },
  {
    cause: "request_not_signed",
    call: () => ({ path: "/events", body: EVENT, auth: { auth_signature: null } }),
  },
  { cause: "unknown", call: () => ({ path: "/events", body: EVENT, auth: { auth_signature: NOWHERE } }) },
];

// Fixed for one run, so that what is signed apart from the helper is signed with the same time.
const AT = String(NOW());
const STAMP = () => AT;

/** The signature of a trigger, or of what is given, with another path or method than is sent. */
function signed(path: string, method = "POST", body = JSON.stringify(EVENT)): string {
  const md5 = body === "" ? "" : `&body_md5=${md5Hex(body)}`;
  const line = `auth_key=${TEST_APP.key}&auth_timestamp=${AT}&auth_version=1.0${md5}`;
  return hmacHex(TEST_APP.secret, `${method}\n${path}\n${line}`);
}

const withStamp = (request: ApiRequest): ApiRequest => ({
  ...request,
  auth: { auth_timestamp: AT, ...request.auth },
});

describe("refusals in production", () => {
  let dataDir: string;
  let server: TestServer;
  let socket: TestSocket;
  beforeAll(async () => {
    dataDir = await prepare();
    server = await startServer({ dataDir });
    socket = await connect(server);
  });
  afterAll(async () => {
    await socket.close();
    await server.stop();
    for (const secret of SECRETS) expect(server.output()).not.toContain(secret);
    // Nor any whole signature: one that is wrong here may be right elsewhere.
    expect(server.output().replaceAll(NOWHERE, "")).not.toMatch(/"[^"]*(?:[^0-9a-fA-F]|^)[0-9a-fA-F]{64}/);
    await rm(dataDir, { recursive: true, force: true });
  });

  const frames = FRAMES.map(
    (refusable) =>
      [
        refusable.cause,
        JSON.stringify(Object.keys(refusable.frame({ socketId: "1.1" } as TestSocket))),
        refusable,
      ] as const,
  );
  test.each(frames)("%s is in the log line of the frame", async (cause, _keys, { frame, matched }) => {
    await Bun.sleep(PACE_MS);
    const from = server.output().length;
    socket.send(frame(socket));
    const line = await lineWith(server, from, cause);
    expect(line).toMatchObject({
      app: "3",
      code: expect.any(String),
      explanation: expect.any(String),
      fix: expect.any(String),
      stringToSign: expect.stringContaining(socket.socketId),
      socketId: socket.socketId,
    });
    if (matched) expect(line.matchedSecret).toEqual(matched);
  });

  test.each(CALLS.map(({ cause, call }) => [cause, call] as const))(
    "%s is in the log line of the request",
    async (cause, call) => {
      await Bun.sleep(PACE_MS);
      const from = server.output().length;
      const response = await new Api(`http://${server.host}:${server.port}`, TEST_APP).send(
        withStamp(call()),
      );
      expect(response.status).toBe(401);
      expect(await lineWith(server, from, cause)).toMatchObject({
        fix: expect.any(String),
        stringToSign: expect.stringContaining("/apps/"),
      });
    },
  );

  test("a stale signature is traced to the connection that it was made for", async () => {
    const gone = await connect(server);
    await gone.close();
    const from = server.output().length;
    socket.send(subscribe("private-a", channelAuth(TEST_APP, gone.socketId, "private-a")));
    const line = await lineWith(server, from, "socket_id_stale");
    expect(line.explanation).toContain(gone.socketId);
  });

  test("an answer that got mixed up is traced to the channel that it was made for", async () => {
    const socket = await connect(server);
    await socket.join("private-mine");
    const from = server.output().length;
    socket.send(subscribe("private-yours", channelAuth(TEST_APP, socket.socketId, "private-mine")));
    const line = await lineWith(server, from, "channel_other");
    expect(line.explanation).toContain("private-mine");
    await socket.close();
  });

  test("the causes are counted, by app and by what was asked for", async () => {
    const page = await metrics(server);
    expect(page).toContain(
      'usher_refusal_causes_total{app_id="3",operation="subscribe",cause="arguments_swapped"} 1',
    );
    expect(page).toContain(
      'usher_refusal_causes_total{app_id="3",operation="signin",cause="user_separator_wrong"} 1',
    );
    expect(page).toContain('usher_refusal_causes_total{app_id="3",operation="request",cause="clock_skew"} 1');
  });

  test("a flood of refusals is answered whole, and explained in part", async () => {
    // On an app that nothing was refused of yet, so that some of them are looked into.
    const flooding = await connect(server, OTHER);
    const flood = 60;
    for (let sent = 0; sent < flood; sent++) {
      flooding.send(subscribe("private-flood", `${OTHER.key}:${NOWHERE}`));
    }
    const answers = await drained(flooding);
    await flooding.close();
    expect(
      answers.filter((text) => text.includes("pusher:subscription_error")).length,
    ).toBeGreaterThanOrEqual(flood);
    const count = async () =>
      Number(/usher_refusals_unexplained_total\{app_id="4"\} (\d+)/.exec(await metrics(server))?.[1] ?? 0);
    expect(await count()).toBeGreaterThanOrEqual(flood - 20);
    expect(await count()).toBeLessThan(flood);
  });
});

/** Every frame up to the pong of a ping that is sent now. */
async function drained(socket: TestSocket): Promise<string[]> {
  socket.send({ event: "pusher:ping", data: {} });
  const texts: string[] = [];
  for (;;) {
    const text = await socket.nextText();
    if (text.includes('"pusher:pong"')) return texts;
    texts.push(text);
  }
}

/** The text of an error of the table, as a client has always got it. */
function plain(code: keyof typeof ERRORS, details: Readonly<Record<string, string>>): string {
  return ERRORS[code].message.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? "");
}

describe("what a client learns", () => {
  let dataDir: string;
  let production: TestServer;
  let development: TestServer;
  beforeAll(async () => {
    dataDir = await prepare();
    production = await startServer({ dataDir });
    development = await startServer({ env: { NODE_ENV: "development" } });
  });
  afterAll(async () => {
    await production.stop();
    await development.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const signatureCauses = FRAMES.filter(({ frame }) => {
    const { data } = frame({ socketId: "1.1" } as TestSocket) as {
      data: { auth?: unknown; channel_data?: unknown };
    };
    const isBare =
      typeof data.auth === "string" && new RegExp(`^${TEST_APP.key}:[0-9a-zA-Z+/=]+$`).test(data.auth);
    return isBare && (data.channel_data === undefined || data.channel_data === MEMBER);
  });

  test("most causes differ in the signature alone", () => {
    expect(signatureCauses.length).toBeGreaterThan(15);
  });

  test.each(signatureCauses.map(({ cause, frame }) => [cause, frame] as const))(
    "in production the frames for %s are those for any wrong signature, to the byte",
    async (cause, frame) => {
      const socket = await connect(production);
      const sent = frame(socket) as { event: string; data: Record<string, string | undefined> };
      socket.send(sent);
      const answered = await drained(socket);
      const given = sent.data.auth?.slice(TEST_APP.key.length + 1) ?? "";
      // The same frame with a signature of nowhere: what comes back differs in the signature that is echoed, and in nothing else.
      socket.send({ ...sent, data: { ...sent.data, auth: `${TEST_APP.key}:${NOWHERE}` } });
      const plainly = await drained(socket);
      const hasOtherError = cause === "channel_data_missing" || cause.startsWith("user_data");
      if (!hasOtherError)
        expect(answered).toEqual(plainly.map((text) => text.replaceAll(NOWHERE, () => given)));
      expect(answered.join("")).not.toContain(cause);
      await socket.close();
    },
  );

  test("in production a refusal says what it has always said, in the same two frames", async () => {
    const socket = await connect(production);
    const signature = hmacHex(TEST_APP.secret, `private-a:${socket.socketId}`);
    socket.send(subscribe("private-a", `${TEST_APP.key}:${signature}`));
    const text = plain("signature_mismatch", { stringToSign: `${socket.socketId}:private-a`, signature });
    expect(await drained(socket)).toEqual([
      JSON.stringify({
        event: "pusher:subscription_error",
        channel: "private-a",
        data: JSON.stringify({ type: "AuthError", error: text, status: 401, code: "signature_mismatch" }),
      }),
      JSON.stringify({ event: "pusher:error", data: { code: null, message: text } }),
    ]);
    await socket.close();
  });

  test("in production the answers to requests say what they have always said", async () => {
    const api = new Api(`http://${production.host}:${production.port}`, TEST_APP);
    for (const { cause, call } of CALLS) {
      const request = withStamp(call());
      const { text, headers } = await api.send(request);
      const [message, hint, ...rest] = text.split("\n");
      expect({ cause, leaks: text.includes(`\n${cause}: `) }).toEqual({ cause, leaks: false });
      expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
      if (text.startsWith("Invalid signature")) {
        const target = api.target(request);
        const given = /auth_signature=([^&]*)/.exec(target)?.[1] ?? "";
        const { path: _, ...wrong } = request;
        const nowhere = await api.send({
          ...wrong,
          path: request.path,
          auth: { ...request.auth, auth_signature: NOWHERE },
        });
        expect(text).toBe(nowhere.text.replaceAll(NOWHERE, given));
      } else {
        expect({ message: message !== "", hint: hint?.startsWith("http_"), rest }).toEqual({
          message: true,
          hint: true,
          rest: [""],
        });
      }
    }
  });

  test("in development the frames say the cause and the fix, and nothing else is different", async () => {
    const socket = await connect(development);
    const signature = hmacHex(TEST_APP.secret, `private-a:${socket.socketId}`);
    socket.send(subscribe("private-a", `${TEST_APP.key}:${signature}`));
    const text = plain("signature_mismatch", { stringToSign: `${socket.socketId}:private-a`, signature });
    const hint = `${text} [arguments_swapped: The signature covers "private-a:${socket.socketId}": the parts are in the wrong order. Sign socket_id:`;
    const refused = await socket.nextEvent("pusher:subscription_error");
    expect(dataOf(refused)).toEqual({
      type: "AuthError",
      error: expect.stringContaining(hint),
      status: 401,
      code: "signature_mismatch",
    });
    expect(errorOf(await socket.nextEvent("pusher:error"))).toEqual({
      code: null,
      message: String(dataOf(refused).error),
    });
    socket.send({
      event: "pusher:signin",
      data: { auth: userAuth(by("undefined"), socket.socketId, '{"id":"1"}'), user_data: '{"id":"1"}' },
    });
    expect(errorOf(await socket.nextEvent("pusher:error")).message).toContain("[secret_placeholder: ");
    await socket.close();
  });

  test("in development the answers to requests say the cause and the fix", async () => {
    const api = new Api(`http://${development.host}:${development.port}`, TEST_APP);
    const request: ApiRequest = { path: "/events", body: EVENT, app: by("your-app-secret") };
    const { text } = await api.send(request);
    expect(text.trimEnd().split("\n").at(-1)).toStartWith("secret_placeholder: The signature was made with");
    const asJson = await api.send({ ...request, headers: { accept: "application/json" } });
    expect(asJson.json()).toMatchObject({
      error: {
        code: "http_auth_signature_mismatch",
        explanation: expect.stringContaining("secret_placeholder: "),
      },
    });
  });
});
