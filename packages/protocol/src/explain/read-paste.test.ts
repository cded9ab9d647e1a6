import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anyText } from "../testing/index.ts";
import { readPaste } from "./read-paste.ts";
import { shellWords } from "./shell-words.ts";

const AUTH = `key:${"a".repeat(64)}`;
const SUBSCRIBE = `{"event":"pusher:subscribe","data":{"auth":"${AUTH}","channel":"private-a"}}`;
const GREETING = String.raw`{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.2\",\"activity_timeout\":120}"}`;

describe("a pasted frame", () => {
  test.each([
    ["alone", SUBSCRIBE, undefined],
    ["behind the greeting", `${GREETING}\n${SUBSCRIBE}`, "1.2"],
    ["in the log of pusher-js", `Pusher :  : ["Event sent",${SUBSCRIBE}]`, undefined],
    ["with the marks of a browser's console", `12:00:01 > ${SUBSCRIBE} 118`, undefined],
  ])("is read %s", (_where, text, socketId) => {
    expect(readPaste(text, "k")).toEqual({
      kind: "frame",
      socketId,
      frame: { kind: "channel", channel: "private-a", auth: AUTH, channelData: undefined },
    });
  });

  test("of a sign-in is read", () => {
    const text = '{"event":"pusher:signin","data":{"auth":"a:b","user_data":"{}"}}';
    expect(readPaste(text, "k")).toMatchObject({ frame: { kind: "user", auth: "a:b", userData: "{}" } });
  });

  test("among several is the last", () => {
    const text = `${SUBSCRIBE.replace("private-a", "private-z")}\n${SUBSCRIBE}`;
    expect(readPaste(text, "k")).toMatchObject({ frame: { channel: "private-a" } });
  });
});

describe("the pasted text of a refusal", () => {
  const signature = "0".repeat(64);
  const said = (text: string) =>
    `Invalid signature: Expected HMAC SHA256 hex digest of ${text}, but got ${signature}`;

  test("gives the parts back, data with colons included", () => {
    const data = '{"user_id":"1"}';
    expect(readPaste(said(`1.2:presence-a:${data}`), "k")).toEqual({
      kind: "frame",
      socketId: "1.2",
      frame: { kind: "channel", channel: "presence-a", channelData: data, auth: `k:${signature}` },
    });
    expect(readPaste(said('1.2::user::{"id":"1"}'), "k")).toEqual({
      kind: "frame",
      socketId: "1.2",
      frame: { kind: "user", userData: '{"id":"1"}', auth: `k:${signature}` },
    });
  });

  test("is found inside frames and with the hint of development behind it", () => {
    const message = `${said("1.2:private-a")} [unknown: No known mistake]`;
    const frame = JSON.stringify({
      event: "pusher:subscription_error",
      channel: "private-a",
      data: JSON.stringify({ type: "AuthError", error: message, status: 401 }),
    });
    for (const text of [message, frame]) {
      expect(readPaste(text, "k")).toMatchObject({ socketId: "1.2", frame: { auth: `k:${signature}` } });
    }
  });
});

describe("a pasted request", () => {
  const request = { method: "POST", path: "/apps/3/events", rawQuery: "auth_key=k", body: '{"a":"b c"}' };
  test.each([
    ["a curl command", `curl -X POST 'http://h/apps/3/events?auth_key=k' -d '{"a":"b c"}'`],
    [
      "a curl command over lines",
      `$ curl "http://h/apps/3/events?auth_key=k" \\\n  --data-raw $'{"a":"b c"}'`,
    ],
    ["a request line with headers", 'POST /apps/3/events?auth_key=k HTTP/1.1\r\nHost: h\r\n\r\n{"a":"b c"}'],
    ["an address with the body below", 'https://h:6001/apps/3/events?auth_key=k\n{"a":"b c"}'],
  ])("is read from %s", (_what, text) => {
    expect(readPaste(text, "k")).toEqual({ kind: "request", request });
  });

  test("may be of any path that is signed", () => {
    expect(readPaste("GET /inner/apps/3/channels?auth_key=k", "k")).toMatchObject({
      request: { method: "GET", path: "/inner/apps/3/channels", body: undefined },
    });
  });
});

test("anything else is taken for the answer of an endpoint", () => {
  for (const text of ["", "<html>", `{"auth":"${AUTH}"}`, "Forbidden"]) {
    expect(readPaste(text, "k")).toEqual({ kind: "answer", body: text, socketId: undefined });
  }
});

test("no paste throws", () => {
  const parts = fc.constantFrom(
    SUBSCRIBE,
    GREETING,
    "curl ",
    "'",
    '"',
    "\\",
    "$'",
    "\n",
    "POST /apps/3/events?",
    "{",
    "%",
  );
  const pastes = fc.array(fc.oneof(parts, anyText())).map((texts) => texts.join(""));
  fc.assert(
    fc.property(pastes, (text) => {
      expect(["frame", "request", "answer"]).toContain(readPaste(text, "k").kind);
    }),
  );
});

test("words of a shell are split as a shell does", () => {
  expect(shellWords(`curl -d '{"a": 1}' "x\\"y\\n" $'it\\'s\\n' a\\ b pre'fix 'post \\\n next`)).toEqual([
    "curl",
    "-d",
    '{"a": 1}',
    'x"y\\n',
    "it's\n",
    "a b",
    "prefix post",
    "next",
  ]);
});
