import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseChannelName } from "./channel-name.ts";
import { encodeClientMessage, parseClientMessage } from "./client-message.ts";
import {
  channelStringToSign,
  equalInConstantTime,
  findSigningSecret,
  formatAuthValue,
  parseAuthValue,
  userStringToSign,
} from "./signature.ts";
import { isSocketId } from "./socket-id.ts";
import { anyText, channelNames, socketIds } from "./testing/arbitraries.ts";
import { hmacHex } from "./testing/hmac.ts";
import {
  CHANNEL_EXAMPLES,
  EXAMPLE_APP,
  ROTATION_EXAMPLES,
  USER_EXAMPLES,
  WEBHOOK_EXAMPLES,
} from "./testing/worked-examples.ts";

describe("the worked examples", () => {
  test.each(CHANNEL_EXAMPLES)("a subscription signs $stringToSign ($source)", (example) => {
    const text = channelStringToSign(example.socketId, example.channel, example.channelData);
    expect(text).toBe(example.stringToSign);
    expect(hmacHex(example.secret, text)).toBe(example.digest);
  });

  test.each(USER_EXAMPLES)("a sign-in signs $stringToSign ($source)", (example) => {
    const text = userStringToSign(example.socketId, example.userData);
    expect(text).toBe(example.stringToSign);
    expect(hmacHex(example.secret, text)).toBe(example.digest);
  });

  test.each(WEBHOOK_EXAMPLES)("a webhook signs its body $body ($source)", ({ secret, body, digest }) => {
    expect(hmacHex(secret, body)).toBe(digest);
  });

  test.each(ROTATION_EXAMPLES)("during a rotation the second secret signs $what", ({ text, digest }) => {
    const old = { id: "old", value: EXAMPLE_APP.secret };
    const fresh = { id: "fresh", value: EXAMPLE_APP.secondSecret };
    expect(findSigningSecret([old, fresh], text, digest, hmacHex)).toBe(fresh);
    expect(findSigningSecret([old, fresh], text, hmacHex(old.value, text), hmacHex)).toBe(old);
    expect(findSigningSecret([old], text, digest, hmacHex)).toBeUndefined();
  });
});

/** What one signature can say. */
type Statement =
  | {
      readonly purpose: "subscribe";
      readonly socketId: string;
      readonly channel: string;
      readonly data?: string;
    }
  | { readonly purpose: "signin"; readonly socketId: string; readonly data: string };

function statements(): fc.Arbitrary<Statement> {
  const parts = fc.record({ socketId: socketIds(), channel: channelNames(), data: anyText() });
  return fc.oneof(
    parts.map(({ socketId, channel }) => ({ purpose: "subscribe", socketId, channel }) as const),
    parts.map(({ socketId, channel, data }) => ({ purpose: "subscribe", socketId, channel, data }) as const),
    parts.map(({ socketId, data }) => ({ purpose: "signin", socketId, data }) as const),
  );
}

/** Would the server come to check a signature of this? */
function isAdmissible(statement: Statement): boolean {
  if (!isSocketId(statement.socketId)) return false;
  if (statement.purpose === "signin") {
    return parseClientMessage(encodeClientMessage({ kind: "signin", auth: "k:s", userData: statement.data }))
      .ok;
  }
  const { channel, data } = statement;
  const frame = encodeClientMessage({ kind: "subscribe", channel, auth: "k:s", channelData: data });
  return parseChannelName(channel, 200).ok && parseClientMessage(frame).ok && data !== "";
}

function signedBytes(statement: Statement): Uint8Array {
  const text =
    statement.purpose === "signin"
      ? userStringToSign(statement.socketId, statement.data)
      : channelStringToSign(statement.socketId, statement.channel, statement.data);
  return new TextEncoder().encode(text);
}

/** The inverse of signing: if it always leads back, no two statements share their bytes. */
function readBack(bytes: Uint8Array): Statement {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const [socketId = "", rest = ""] = cut(text);
  if (rest.startsWith(":user::")) return { purpose: "signin", socketId, data: rest.slice(":user::".length) };
  const [channel = "", data] = cut(rest);
  return { purpose: "subscribe", socketId, channel, ...(data === undefined ? {} : { data }) };
}

function cut(text: string): string[] {
  const colon = text.indexOf(":");
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

describe("format injection (known failure 1)", () => {
  test("no two different purposes, sockets, channels or data give the same signed bytes", () => {
    fc.assert(
      fc.property(statements(), (statement) => {
        fc.pre(isAdmissible(statement));
        expect(readBack(signedBytes(statement))).toEqual(statement);
      }),
      { numRuns: 2_000 },
    );
  });

  test("the socket ids that once signed for any channel and any API call are no socket ids", () => {
    const attacks = [
      "1.1:private-admin",
      "1.1:",
      "1.1:\n",
      "POST\n/apps/3/events\n1.1",
      "1.1\nx",
      "",
      ":",
      "1.1:x:{}",
    ];
    for (const attack of attacks) expect(isSocketId(attack)).toBe(false);
  });

  test("a channel name with a colon cannot replay a presence signature", () => {
    const name = parseChannelName('presence-x:{"user_id":"1"}', 200);
    expect(name).toMatchObject({ ok: false, error: { code: "channel_name_invalid" } });
  });

  test("text that UTF-8 cannot tell from another text is not signed", () => {
    const subscribe = { kind: "subscribe", channel: "presence-a", auth: "k:s" } as const;
    for (const half of ["\ud800", "\udfff", 'x"\ud83d"']) {
      const frames = [
        encodeClientMessage({ ...subscribe, channelData: half }),
        encodeClientMessage({ kind: "signin", auth: "k:s", userData: half }),
      ];
      for (const frame of frames) {
        expect(parseClientMessage(frame)).toMatchObject({ ok: false, error: { code: "message_invalid" } });
      }
    }
    expect(parseClientMessage(encodeClientMessage({ ...subscribe, channelData: "🎉" })).ok).toBe(true);
  });
});

describe("auth values", () => {
  test("split at the first colon, both sides present", () => {
    expect(parseAuthValue("key:abc")).toEqual({ key: "key", signature: "abc" });
    expect(parseAuthValue("key:a:b")).toEqual({ key: "key", signature: "a:b" });
    for (const malformed of ["", ":", "key", "key:", ":abc"])
      expect(parseAuthValue(malformed)).toBeUndefined();
  });

  test("come back as they were put together", () => {
    const key = fc.string({ minLength: 1 }).filter((text) => !text.includes(":"));
    fc.assert(
      fc.property(key, fc.string({ minLength: 1 }), (name, signature) => {
        expect(parseAuthValue(formatAuthValue(name, signature))).toEqual({ key: name, signature });
      }),
    );
  });
});

const hexDigests = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });

describe("comparison (known failure 5)", () => {
  test("finds equal exactly what is equal", () => {
    fc.assert(
      fc.property(hexDigests, hexDigests, fc.nat(63), (one, other, index) => {
        const nearly = `${one.slice(0, index)}${one[index] === "0" ? "1" : "0"}${one.slice(index + 1)}`;
        expect(equalInConstantTime(one, one)).toBe(true);
        expect(equalInConstantTime(one, nearly)).toBe(false);
        expect(equalInConstantTime(one, other)).toBe(one === other);
      }),
    );
  });

  test("finds unequal what has another length, repetition or spelling", () => {
    fc.assert(
      fc.property(hexDigests, anyText(), (digest, text) => {
        const others = [text, "", digest + text, digest.slice(1), digest + digest, ` ${digest}`];
        for (const other of others) expect(equalInConstantTime(digest, other)).toBe(digest === other);
        expect(equalInConstantTime(digest, digest.toUpperCase())).toBe(digest === digest.toUpperCase());
      }),
    );
    expect(equalInConstantTime("", "")).toBe(true);
    expect(equalInConstantTime("", "a")).toBe(false);
    const long = "a".repeat(200);
    expect(equalInConstantTime(`${long}b`, `${long}c`)).toBe(false);
  });

  test("tries every secret, whichever matches", () => {
    const tried: string[] = [];
    const secrets = ["a", "b", "c"].map((value) => ({ value }));
    const found = findSigningSecret(secrets, "text", hmacHex("a", "text"), (secret, text) => {
      tried.push(secret);
      return hmacHex(secret, text);
    });
    expect(found).toBe(secrets[0]);
    expect(tried).toEqual(["a", "b", "c"]);
  });
});
