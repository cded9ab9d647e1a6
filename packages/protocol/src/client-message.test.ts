import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ClientMessage, encodeClientMessage, parseClientMessage } from "./client-message.ts";
import { ERRORS } from "./errors.ts";
import { anyText, jsonObjects, jsonTexts } from "./testing/arbitraries.ts";

function parsed(frame: string): ClientMessage | undefined {
  const message = parseClientMessage(frame);
  return message.ok ? message.value : undefined;
}

function refusal(frame: string): string | undefined {
  const message = parseClientMessage(frame);
  return message.ok ? undefined : message.error.code;
}

/** Messages that a client can mean: empty strings are how clients leave something out. */
function clientMessages(): fc.Arbitrary<ClientMessage> {
  const signedText = anyText().filter((text) => text !== "" && text.isWellFormed());
  const given = fc.option(signedText, { nil: undefined });
  return fc.oneof(
    fc.constantFrom<ClientMessage>({ kind: "ping" }, { kind: "pong" }),
    fc.record({
      kind: fc.constant("subscribe"),
      channel: anyText(),
      auth: fc.option(
        anyText().filter((text) => text !== ""),
        { nil: undefined },
      ),
      channelData: given,
    }),
    fc.record({ kind: fc.constant("unsubscribe"), channel: anyText() }),
    fc.record({ kind: fc.constant("signin"), auth: anyText(), userData: signedText }),
    fc.record({
      kind: fc.constant("clientEvent"),
      event: anyText().map((name) => `client-${name}`),
      channel: anyText(),
      data: anyText(),
    }),
  );
}

describe("a client's message", () => {
  test("comes back from its frame as it was", () => {
    fc.assert(
      fc.property(clientMessages(), (message) => {
        expect(parsed(encodeClientMessage(message))).toEqual(message);
      }),
    );
  });

  test("may carry its data as a JSON string that holds the object", () => {
    fc.assert(
      fc.property(clientMessages(), (message) => {
        fc.pre(message.kind === "subscribe" || message.kind === "unsubscribe" || message.kind === "signin");
        const frame = JSON.parse(encodeClientMessage(message)) as { event: string; data: object };
        const inString = JSON.stringify({ event: frame.event, data: JSON.stringify(frame.data) });
        expect(parsed(inString)).toEqual(message);
      }),
    );
  });

  test.each([
    ['{"event":"pusher:ping","data":{}}'],
    ['{"event":"pusher:ping"}'],
    ['{"event":"pusher:ping","data":""}'],
  ])("is a ping with an object, without data and with an empty string: %s", (frame) => {
    expect(parsed(frame)).toEqual({ kind: "ping" });
  });

  test("subscribes to a public channel with auth empty or left out", () => {
    const expected = {
      kind: "subscribe",
      channel: "my-channel",
      auth: undefined,
      channelData: undefined,
    } as const;
    expect(parsed('{"event":"pusher:subscribe","data":{"auth":"","channel":"my-channel"}}')).toEqual(
      expected,
    );
    expect(parsed('{"event":"pusher:subscribe","data":{"channel":"my-channel"}}')).toEqual(expected);
  });

  test.each([
    ["", "message_invalid"],
    ["null", "message_invalid"],
    ["[]", "message_invalid"],
    ['"x"', "message_invalid"],
    ["{", "message_invalid"],
    ["{}", "message_invalid"],
    ['{"event":1}', "message_invalid"],
    ['{"event":null,"data":{}}', "message_invalid"],
    ['{"event":""}', "event_unsupported"],
    ['{"event":"pusher:unknown","data":{}}', "event_unsupported"],
    ['{"event":"pusher_internal:subscription_succeeded","channel":"c","data":"{}"}', "event_unsupported"],
    ['{"event":"message","channel":"c","data":"{}"}', "event_unsupported"],
    ['{"event":"Client-x","channel":"c","data":"{}"}', "event_unsupported"],
    ['{"event":"pusher:subscribe"}', "parameter_missing"],
    ['{"event":"pusher:subscribe","data":{}}', "parameter_missing"],
    ['{"event":"pusher:subscribe","data":{"channel":7}}', "parameter_missing"],
    ['{"event":"pusher:subscribe","data":""}', "parameter_missing"],
    ['{"event":"pusher:unsubscribe","data":[]}', "parameter_missing"],
    ['{"event":"pusher:signin","data":{"user_data":"{}"}}', "signin_auth_malformed"],
    ['{"event":"pusher:signin","data":{"auth":"k:s"}}', "parameter_missing"],
    ['{"event":"client-x","data":"{}"}', "client_event_invalid"],
    ['{"event":"client-x","channel":"c"}', "client_event_invalid"],
    ['{"event":"client-x","channel":1,"data":"{}"}', "client_event_invalid"],
  ])("is refused when it is %s: %s", (frame, code) => {
    expect(refusal(frame)).toBe(code);
  });
});

describe("the data of a client event", () => {
  const event = (data: string) => parsed(`{"event":"client-x","channel":"private-c","data":${data}}`);

  test("is the JSON text of whatever value it is, byte for byte", () => {
    fc.assert(
      fc.property(jsonTexts(), (text) => {
        const value: unknown = JSON.parse(text);
        expect(event(text)).toMatchObject({ data: typeof value === "string" ? value : text });
      }),
    );
  });

  test.each([
    ["12345678901234567890123"],
    ['{"id":9007199254740993}'],
    ["1.10"],
    ["null"],
    ["false"],
    ["[ ]"],
  ])("%s survives, digit for digit", (text) => {
    expect(event(text)).toMatchObject({ data: text });
  });

  test('is the string itself when it is one, `""` included (known failure 12)', () => {
    expect(event('"{\\"on\\":true}"')).toMatchObject({ data: '{"on":true}' });
    expect(event('""')).toMatchObject({ data: "" });
  });
});

describe("a frame that is no message costs only its sender", () => {
  test.each([
    ["brackets 100,000 deep", "[".repeat(100_000)],
    ["an object 100,000 deep", '{"a":'.repeat(100_000)],
    [
      "data 100,000 deep",
      `{"event":"client-x","channel":"c","data":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    ],
    [
      "data in a string 100,000 deep",
      JSON.stringify({ event: "pusher:subscribe", data: "[".repeat(100_000) }),
    ],
    ["a number past every double", '{"event":1e999999999}'],
    ["half a surrogate pair", '{"event":"\ud800"}'],
    [
      "an escaped half of a surrogate pair",
      '{"event":"client-\\ud800","channel":"\\udfff","data":"\\ud800"}',
    ],
    ["two events", '{"event":"pusher:ping","event":"pusher:pong"}'],
    [
      "a prototype",
      '{"__proto__":{"event":"pusher:ping"},"constructor":{"prototype":{"event":"pusher:ping"}}}',
    ],
    ["a prototype for data", '{"event":"pusher:subscribe","data":{"__proto__":{"channel":"c"}}}'],
    ["inherited data", '{"event":"client-x","channel":"c","__proto__":{"data":1}}'],
    ["a NUL", "\u0000"],
    ["a byte order mark", '\ufeff{"event":"pusher:ping"}'],
  ])("%s gives a value or an error and never throws", (_, frame) => {
    expect(() => parseClientMessage(frame)).not.toThrow();
  });

  test("a prototype lends nothing to a message", () => {
    expect(refusal('{"__proto__":{"event":"pusher:ping"}}')).toBe("message_invalid");
    expect(refusal('{"event":"pusher:subscribe","data":{"__proto__":{"channel":"c"}}}')).toBe(
      "parameter_missing",
    );
    expect(refusal('{"event":"client-x","channel":"c","__proto__":{"data":1}}')).toBe("client_event_invalid");
  });

  test("any text, JSON object or bytes read as text gives a value or an error of the table", () => {
    const bytes = fc.uint8Array().map((array) => new TextDecoder().decode(array));
    const objects = jsonObjects().map(({ text }) => text);
    fc.assert(
      fc.property(fc.oneof(anyText(), bytes, jsonTexts(), objects), (text) => {
        const message = parseClientMessage(text);
        if (!message.ok) expect(ERRORS).toHaveProperty(message.error.code);
      }),
    );
  });

  test("a frame that lost or changed a part gives a value or an error of the table", () => {
    const damaged = fc
      .tuple(clientMessages().map(encodeClientMessage), fc.nat(), fc.nat(20), anyText())
      .map(([frame, at, length, text]) => {
        const start = at % (frame.length + 1);
        return frame.slice(0, start) + text + frame.slice(start + length);
      });
    fc.assert(
      fc.property(damaged, (frame) => {
        const message = parseClientMessage(frame);
        if (!message.ok) expect(message.error.spec.closeCode).toBeUndefined();
      }),
    );
  });
});
