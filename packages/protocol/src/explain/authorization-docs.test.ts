import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UsherError } from "../errors.ts";
import { httpStringToSign, parseQuery } from "../http-signature.ts";
import { encodeServerMessage } from "../server-message.ts";
import { channelStringToSign, formatAuthValue, userStringToSign } from "../signature.ts";
import { EXAMPLE_APP, hmacHex } from "../testing/index.ts";
import { md5Hex } from "../testing/mistakes.ts";
import { explain } from "./explain.ts";
import { DEFAULT_TRIAL_LIMITS } from "./explain-options.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../../../docs/authorization.md"), "utf8");
const { key, secret } = EXAMPLE_APP;
const SOCKET_ID = "1234.1234";
const CHANNEL_DATA = JSON.stringify({ user_id: "10", user_info: { name: "Mr. Channels" } });
const USER_DATA = JSON.stringify({ id: "12345" });

const auth = (text: string): string => formatAuthValue(key, hmacHex(secret, text));
const authOf = (channel: string, data?: string): string =>
  auth(channelStringToSign(SOCKET_ID, channel, data));

const PRIVATE = { auth: authOf("private-foobar") };

test.each([
  ["a private channel", JSON.stringify(PRIVATE)],
  [
    "a presence channel",
    JSON.stringify({ auth: authOf("presence-foobar", CHANNEL_DATA), channel_data: CHANNEL_DATA }),
  ],
  [
    "an encrypted channel",
    JSON.stringify({ auth: authOf("private-encrypted-foobar"), shared_secret: sharedSecret() }),
  ],
  ["a sign-in", JSON.stringify({ auth: auth(userStringToSign(SOCKET_ID, USER_DATA)), user_data: USER_DATA })],
  ["JSONP", `/**/Pusher.auth_callbacks['1'](${JSON.stringify(PRIVATE)});`],
  [
    "a batch",
    JSON.stringify({ "private-foobar": { status: 200, data: PRIVATE }, "private-secret": { status: 403 } }),
  ],
  [
    "a subscription",
    JSON.stringify({ event: "pusher:subscribe", data: { ...PRIVATE, channel: "private-foobar" } }),
  ],
  ["a success", encodeServerMessage({ kind: "subscriptionSucceeded", channel: "private-foobar" })],
])("docs/authorization.md shows %s as it is", (_what, line) => {
  expect(PAGE.split("\n")).toContain(line);
});

test("docs/authorization.md shows each text to sign right above its digest", () => {
  const texts = [
    channelStringToSign(SOCKET_ID, "private-foobar"),
    channelStringToSign(SOCKET_ID, "presence-foobar", CHANNEL_DATA),
    userStringToSign(SOCKET_ID, USER_DATA),
  ];
  expect(PAGE).toContain(texts.map((text) => `${text}\n${hmacHex(secret, text)}`).join("\n\n"));
});

test("docs/authorization.md signs the request to the HTTP API that it shows", () => {
  const [, method = "", path = "", line = ""] = /```text\n(POST)\n(\/apps\S+)\n(\S+)\n```/.exec(PAGE) ?? [];
  const text = httpStringToSign(method, path, parseQuery(line));
  expect(text).toBe(`${method}\n${path}\n${line}`);
  expect(PAGE).toContain(`\`${hmacHex(secret, text)}\``);
  const [body = ""] = /^\{"name":"foo".*$/m.exec(PAGE) ?? [];
  expect(line).toEndWith(`body_md5=${md5Hex(body)}`);
});

test("docs/authorization.md shows a refusal as clients get it, and its cause as the log has it", () => {
  const stringToSign = channelStringToSign(SOCKET_ID, "private-foobar");
  const { message, code, spec } = new UsherError("signature_mismatch", { stringToSign, signature: "0000" });
  const { type = "AuthError", status = 0 } = spec.subscription ?? {};
  const lines = PAGE.split("\n");
  const channel = "private-foobar";
  expect(lines).toContain(
    encodeServerMessage({ kind: "subscriptionError", channel, code, type, message, status }),
  );
  expect(lines).toContain(encodeServerMessage({ kind: "error", code: null, message }));

  const {
    cause,
    message: explanation,
    fix,
  } = explain(
    {
      kind: "channel",
      appId: EXAMPLE_APP.id,
      socketId: SOCKET_ID,
      channel,
      auth: auth(`${channel}:${SOCKET_ID}`),
      channelData: undefined,
      isSignedIn: false,
      otherSocketIds: [],
      otherChannels: [],
    },
    {
      secrets: [{ appId: EXAMPLE_APP.id, key, slot: "current", id: "sec_...", value: secret }],
      hmacHex,
      md5Hex,
      limits: DEFAULT_TRIAL_LIMITS,
    },
  );
  const matchedSecret = { slot: "current", id: "sec_...", app: EXAMPLE_APP.id };
  expect(lines).toContain(
    JSON.stringify({ code, channel, cause, explanation, fix, stringToSign, matchedSecret }),
  );
});

function sharedSecret(): string {
  const masterKey = Uint8Array.from({ length: 32 }, (_, index) => index);
  return createHash("sha256").update("private-encrypted-foobar").update(masterKey).digest("base64");
}
