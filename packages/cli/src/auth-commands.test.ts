import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Pusher from "pusher";
import { runCommand } from "./test-cli.ts";

const APP = { appId: "3", key: "278d425bdf160c739803", secret: "7ad3773142a6692b25b8" };
const KEYS = ["--key", APP.key, "--secret", APP.secret];
const SOCKET = ["--socket-id", "1234.1234"];
const RIGHT = `${APP.key}:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4`;
const MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

// Nothing is sent there.
const HOST = { host: "127.0.0.1" };

const pusher = new Pusher({ ...APP, ...HOST, encryptionMasterKeyBase64: MASTER_KEY });

describe("usher auth sign", () => {
  const sign = (...args: string[]) => runCommand(["auth", "sign", ...SOCKET, ...KEYS, ...args]);

  test("signs as the official library does, byte for byte", async () => {
    const member = { user_id: "10", user_info: { name: "Mr. Channels" } };
    const user = { id: "12345" };
    const cases = [
      [["--channel", "private-foobar"], pusher.authorizeChannel("1234.1234", "private-foobar")],
      [
        ["--channel", "presence-foobar", "--user-id", "10", "--user-info", '{"name":"Mr. Channels"}'],
        pusher.authorizeChannel("1234.1234", "presence-foobar", member),
      ],
      [
        ["--channel", "presence-foobar", "--channel-data", JSON.stringify(member)],
        pusher.authorizeChannel("1234.1234", "presence-foobar", member),
      ],
      [["--user", "--user-id", "12345"], pusher.authenticateUser("1234.1234", user)],
      [["--user", "--user-data", JSON.stringify(user)], pusher.authenticateUser("1234.1234", user)],
      [
        ["--channel", "private-encrypted-foobar", "--master-key", MASTER_KEY],
        pusher.authorizeChannel("1234.1234", "private-encrypted-foobar"),
      ],
    ] as const;
    for (const [args, answer] of cases) {
      for (const json of [[], ["--json"]]) {
        const { exitCode, out, errors } = await sign(...args, ...json);
        expect({ exitCode, errors, answer: JSON.parse(out) }).toEqual({ exitCode: 0, errors: "", answer });
      }
    }
  });

  test.each([
    [["--channel", "news"], "a public channel"],
    [["--channel", "private-a:b"], "Invalid channel name"],
    [["--channel", "presence-a"], "the user is missing"],
    [["--channel", "presence-a", "--channel-data", '{"id":1}'], "has no user_id"],
    [["--user", "--user-data", '{"id":1}'], "has no id"],
    [["--user", "--channel", "private-a"], "exclude each other"],
    [[], "--channel or --user is missing"],
    [["--channel", "private-a", "--master-key", "short"], "base64 of 32 bytes"],
    [["--channel", "presence-a", "--user-id", "1", "--user-info", "[]"], "--user-info is not a JSON object"],
  ])("refuses %j", async (args, words) => {
    const { exitCode, out, errors } = await sign(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(errors).toContain(words);
  });

  test("refuses a socket id that is none, and credentials that are not whole", async () => {
    const injected = await runCommand([
      "auth",
      "sign",
      "--socket-id",
      "1.1:private-b",
      "--channel",
      "private-a",
      ...KEYS,
    ]);
    expect(injected.errors).toContain("is not a socket id");
    const halved = await runCommand(["auth", "sign", ...SOCKET, "--channel", "private-a", "--secret", "x"]);
    expect({ exitCode: halved.exitCode, words: halved.errors }).toEqual({
      exitCode: 2,
      words: expect.stringContaining("the credentials are incomplete"),
    });
  });

  test("takes the configured app", async () => {
    const env = { USHER_APP_ID: APP.appId, USHER_APP_KEY: APP.key, USHER_APP_SECRET: APP.secret };
    const { out } = await runCommand(["auth", "sign", ...SOCKET, "--channel", "private-foobar"], { env });
    expect(JSON.parse(out)).toEqual({ auth: RIGHT });
  });
});

describe("usher auth verify", () => {
  const verify = (...args: string[]) => runCommand(["auth", "verify", ...SOCKET, ...KEYS, ...args]);

  test("says that a right one is valid", async () => {
    const { exitCode, out } = await verify("--auth", RIGHT, "--channel", "private-foobar");
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: "valid: signed with the given secret --secret\n" });
    const userData = '{"id":"12345"}';
    const { auth } = pusher.authenticateUser("1234.1234", { id: "12345" });
    const user = await verify("--auth", auth, "--user", "--user-data", userData, "--json");
    expect(JSON.parse(user.out)).toEqual({ valid: true, slot: "given", secret_id: "--secret" });
  });

  test("says why a wrong one is not, and ends with 1", async () => {
    const { exitCode, out } = await verify("--auth", RIGHT, "--channel", "private-other", "--json");
    expect({ exitCode, out: JSON.parse(out) }).toEqual({
      exitCode: 1,
      out: { valid: false, cause: "unknown", fix: expect.any(String) },
    });
    const upper = await verify("--auth", RIGHT.replace("58df", "58DF"), "--channel", "private-foobar");
    expect(upper.out).toStartWith("not valid\nsignature_uppercase: ");
  });
});

describe("usher auth explain", () => {
  const explain = async (args: readonly string[], input = "", env = {}) => {
    const { exitCode, out, errors } = await runCommand(["auth", "explain", "--json", ...args], {
      input,
      env,
    });
    if (out === "") throw new Error(errors);
    return { exitCode, ...JSON.parse(out) };
  };
  const swapped = pusher.authorizeChannel("1234.1234", "private-x").auth;
  const frame = (data: object) => JSON.stringify({ event: "pusher:subscribe", data });

  test("takes flags", async () => {
    expect(await explain([...KEYS, ...SOCKET, "--auth", RIGHT, "--channel", "private-foobar"])).toMatchObject(
      {
        exitCode: 0,
        cause: "signature_valid",
        string_to_sign: "1234.1234:private-foobar",
      },
    );
    const other = ["--channel", "private-a", "--other-channel", "private-foobar"];
    expect(await explain([...KEYS, ...SOCKET, "--auth", RIGHT, ...other])).toMatchObject({
      cause: "channel_other",
    });
    const stale = ["--socket-id", "9.9", "--channel", "private-foobar", "--other-socket-id", "1234.1234"];
    expect(await explain([...KEYS, "--auth", RIGHT, ...stale])).toMatchObject({ cause: "socket_id_stale" });
  });

  test("takes a frame, with the log of pusher-js around it", async () => {
    const log = [
      'Pusher :  : ["Event recd",{"event":"pusher:connection_established","data":{"socket_id":"1234.1234","activity_timeout":120}}]',
      `Pusher :  : ["Event sent",${frame({ auth: RIGHT, channel: "presence-foobar", channel_data: '{"user_id":"10"}' })}]`,
    ].join("\n");
    expect(await explain(KEYS, log)).toMatchObject({
      cause: "unknown",
      exitCode: 1,
      tried: expect.any(Array),
    });
    const right = frame({ auth: RIGHT, channel: "private-foobar" });
    expect(await explain([...KEYS, ...SOCKET], right)).toMatchObject({ cause: "signature_valid" });
    const object = frame({ auth: RIGHT, channel: "presence-foobar", channel_data: { user_id: 1 } });
    expect(await explain([...KEYS, ...SOCKET], object)).toMatchObject({ cause: "channel_data_object" });
  });

  test("takes the text of a refusal", async () => {
    const signature = swapped.slice(APP.key.length + 1);
    const text = `Invalid signature: Expected HMAC SHA256 hex digest of 1234.1234:private-x, but got ${signature}`;
    expect(await explain(KEYS, text)).toMatchObject({ cause: "signature_valid" });
    const inFrame = JSON.stringify({ event: "pusher:error", data: { code: null, message: text } });
    expect(await explain(KEYS, inFrame)).toMatchObject({ cause: "signature_valid" });
    const wrong = text.replace("private-x", "private-y");
    expect(await explain([...KEYS, "--other-channel", "private-x"], wrong)).toMatchObject({
      cause: "channel_other",
    });
  });

  test("takes the answer of an endpoint", async () => {
    const asked = [...KEYS, ...SOCKET, "--channel", "private-foobar"];
    expect(await explain(asked, JSON.stringify({ auth: RIGHT }))).toMatchObject({ cause: "signature_valid" });
    expect(
      await explain(asked, `Pusher.auth_callbacks['1'](${JSON.stringify({ auth: RIGHT })});`),
    ).toMatchObject({
      cause: "signature_valid",
    });
    const batch = JSON.stringify({ "private-foobar": { status: 200, data: { auth: RIGHT } } });
    expect(await explain(asked, batch)).toMatchObject({ cause: "signature_valid" });
    expect(await explain(asked, '{"error":"no"}')).toMatchObject({ cause: "auth_absent" });
    expect(await explain(asked, "<!doctype html><title>Log in</title>")).toMatchObject({
      cause: "response_not_json",
    });
    expect(await explain(asked, "")).toMatchObject({ cause: "response_empty" });
    const doubled = JSON.stringify({ auth: JSON.stringify({ auth: RIGHT }) });
    expect(await explain(asked, doubled)).toMatchObject({ cause: "auth_double_encoded" });
  });

  test("takes the answer for an encrypted channel", async () => {
    const asked = [...KEYS, ...SOCKET, "--channel", "private-encrypted-foobar"];
    const answer = pusher.authorizeChannel("1234.1234", "private-encrypted-foobar");
    expect(await explain(asked, JSON.stringify(answer))).toMatchObject({ cause: "signature_valid" });
    const { auth } = answer;
    expect(await explain(asked, JSON.stringify({ auth }))).toMatchObject({ cause: "shared_secret_missing" });
    const short = JSON.stringify({ auth, shared_secret: "c2hvcnQ=" });
    expect(await explain(asked, short)).toMatchObject({ cause: "shared_secret_malformed" });
  });

  test("takes a curl command, a request line with its body, and an address", async () => {
    const body = '{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}';
    const query =
      "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f&auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";
    const url = `http://127.0.0.1:6001/apps/3/events?${query}`;
    const pastes = [
      `curl -H 'Content-Type: application/json' \\\n  -d '${body}' "${url}"`,
      `POST /apps/3/events?${query} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\r\n${body}`,
      `POST ${url}\n${body}`,
    ];
    for (const paste of pastes)
      expect(await explain(KEYS, paste)).toMatchObject({ cause: "signature_valid" });
    expect(await explain(KEYS, `${pastes[2]}\n`)).toMatchObject({ cause: "signature_valid" });
    expect(await explain(KEYS, pastes[2]?.replace("project-3", "project-4"))).toMatchObject({
      cause: "body_changed",
    });
    expect(await explain(KEYS, pastes[2]?.replace('"name":', '"name": '))).toMatchObject({
      cause: "body_reserialised",
    });
    expect(await explain([...KEYS, "--at", "1353089000"], pastes[2])).toMatchObject({ cause: "clock_skew" });
    const inner = url.replace("/apps/3", "/inner/apps/3");
    expect(await explain(KEYS, `POST ${inner}\n${body}`)).toMatchObject({ cause: "path_prefix_changed" });
    const text = `Invalid signature: you should have sent HmacSHA256Hex("GET\n/apps/3/channels\nauth_key=${APP.key}&auth_timestamp=1353088179&auth_version=1.0", your_secret_key), but you sent "1cafa6382331c976588eb6bd3925a988e4158402be06c4626d0e97d2981f5382"`;
    expect(await explain(KEYS, text)).toMatchObject({ cause: "signature_valid" });
  });

  test("says it in words, with the fix, and never shows the secret", async () => {
    const args = [
      "auth",
      "explain",
      ...KEYS,
      ...SOCKET,
      "--channel",
      "private-a",
      "--auth",
      `${APP.secret}:${APP.secret}`,
    ];
    const { exitCode, out } = await runCommand(args);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^secret_\w+: .*\n {2}Fix: .*\n {2}Text to sign: 1234\.1234:private-a\n/);
    expect(out).toContain("docs/pitfalls.md#secret_");
    expect(out).not.toContain(APP.secret);
  });

  test.each([
    [[], "", "nothing was pasted"],
    [[], "hello", "--socket-id is missing"],
    [
      [],
      '{"event":"pusher:subscribe","data":{"channel":"private-a","auth":"a:b"}}',
      "does not tell the socket id",
    ],
    [["--at", "noon"], "GET /apps/3/channels?auth_key=x", "not a number of seconds"],
    [["--app", "77"], "x", "there is no app with the id 77"],
  ])("refuses %j with %j", async (args, input, words) => {
    const dataDir = mkdtempSync(join(tmpdir(), "usher-cli-"));
    const env = { USHER_DATA_DIR: dataDir };
    await runCommand(["apps", "create"], { env });
    const { exitCode, out, errors } = await runCommand(["auth", "explain", ...args], { input, env });
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(errors).toContain(words);
    rmSync(dataDir, { recursive: true });
  });

  describe("with the local store", () => {
    let dataDir: string;
    let env: Record<string, string>;
    beforeAll(async () => {
      dataDir = mkdtempSync(join(tmpdir(), "usher-cli-"));
      env = { USHER_DATA_DIR: dataDir };
      await runCommand(["apps", "create", "--id", "3", "--key", APP.key, "--secret", APP.secret], { env });
      await runCommand(["apps", "create", "--id", "4", "--key", "otherkey", "--secret", "othersecret"], {
        env,
      });
    });
    afterAll(() => rmSync(dataDir, { recursive: true }));

    test("knows the secrets of every app", async () => {
      const signedByOther = new Pusher({ ...APP, ...HOST, secret: "othersecret" }).authorizeChannel(
        "1234.1234",
        "private-a",
      ).auth;
      const args = [...SOCKET, "--channel", "private-a", "--auth", signedByOther];
      expect(await explain(args, "", env)).toMatchObject({
        cause: "secret_of_another_app",
        matched: { slot: "current", app_id: "4" },
      });
      const ofOther = new Pusher({ ...HOST, appId: "4", key: "otherkey", secret: "othersecret" });
      const { auth } = ofOther.authorizeChannel("1234.1234", "private-a");
      const asked = [...SOCKET, "--app", "3", "--channel", "private-a", "--auth", auth];
      expect(await explain(asked, "", env)).toMatchObject({ cause: "key_of_another_app" });
    });

    test("signs for the app that is chosen, and asks which where there are several", async () => {
      const args = ["auth", "sign", ...SOCKET, "--channel", "private-foobar"];
      expect(JSON.parse((await runCommand([...args, "--app", "3"], { env })).out)).toEqual({ auth: RIGHT });
      const { exitCode, errors } = await runCommand(args, { env });
      expect({ exitCode, errors }).toEqual({
        exitCode: 2,
        errors: expect.stringContaining("which app is meant"),
      });
    });
  });
});
