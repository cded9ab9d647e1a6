import { describe, expect, test } from "bun:test";
import { channelStringToSign } from "@usher/protocol";
import { EXAMPLE_APP, hmacHex } from "@usher/protocol/testing";
import { TestHub, testApp } from "./testing/test-hub.ts";

const { key, secret, secondSecret } = EXAMPLE_APP;

/** Why a subscription was refused; undefined when it was not. */
function refusal(lines: readonly string[]): string | undefined {
  return /^note refused .* (\w+)$/.exec(lines.at(-1) ?? "")?.[1];
}

test("the cheapest check comes first: what is malformed costs no signature (known failure 13)", () => {
  const hub = new TestHub();
  const ann = hub.connect("ann");
  const subscribe = {
    kind: "subscribe",
    channel: "private-a",
    auth: undefined,
    channelData: undefined,
  } as const;
  expect(refusal(hub.receive(ann, { ...subscribe, channel: "private-a b" }))).toBe("channel_name_invalid");
  expect(refusal(hub.receive(ann, subscribe))).toBe("auth_missing");
  expect(refusal(hub.receive(ann, { ...subscribe, auth: "no-colon" }))).toBe("auth_malformed");
  expect(refusal(hub.receive(ann, { ...subscribe, auth: "unknown:x" }))).toBe("auth_key_mismatch");
  expect(refusal(hub.receive(ann, { ...subscribe, channel: "presence-a" }))).toBe("presence_data_missing");
  expect(hub.signatures).toBe(0);
});

test("nothing is parsed or looked up for a presence subscription before its signature was checked (known failure 13)", () => {
  const hub = new TestHub({ presenceLimits: { members: 1, memberBytes: 10, userIdLength: 10 } });
  hub.enter(hub.connect("ann"), "presence-a", "1");
  const bob = hub.connect("bob");
  for (const channelData of ["not JSON", '{"user_id":"2"}', `{"user_id":"${"x".repeat(100)}"}`]) {
    const lines = hub.subscribe(bob, "presence-a", { channelData, auth: `${key}:wrong` });
    expect(refusal(lines)).toBe("signature_mismatch");
  }
  expect(hub.signatures).toBe(4);
});

test("the key of another app is as unknown as one that never existed (known failure 3)", () => {
  const hub = new TestHub();
  const other = testApp(
    {},
    { id: "4", keys: [{ key: "other-key", secrets: [{ id: "s", value: "other" }] }] },
  );
  hub.hub.stateFor(other);
  const ann = hub.connect("ann");
  const signed = hmacHex("other", channelStringToSign(ann.socketId, "private-a"));
  expect(refusal(hub.subscribe(ann, "private-a", { auth: `other-key:${signed}` }))).toBe("auth_key_mismatch");
  expect(refusal(hub.subscribe(ann, "private-a", { auth: `${key}:${signed}` }))).toBe("signature_mismatch");
});

test("upper-case hex, a cut signature and one with something after it are no signatures", () => {
  const hub = new TestHub();
  const ann = hub.connect("ann");
  const right = hub.authFor(ann, "private-a");
  for (const auth of [right.toUpperCase(), right.slice(0, -1), `${right}0`, `${right} `, `${right}:`]) {
    expect(refusal(hub.subscribe(ann, "private-a", { auth }))).toMatch(/^(signature|auth_key)_mismatch$/);
  }
});

describe("channel_data", () => {
  test("must be signed on presence channels", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    const auth = hub.authFor(ann, "presence-a");
    const lines = hub.subscribe(ann, "presence-a", { auth, channelData: '{"user_id":"1"}' });
    expect(refusal(lines)).toBe("signature_mismatch");
  });

  test("is signed byte for byte: the same JSON with another space does not pass", () => {
    const hub = new TestHub();
    const ann = hub.connect("ann");
    const auth = hub.authFor(ann, "presence-a", '{"user_id":"1"}');
    const lines = hub.subscribe(ann, "presence-a", { auth, channelData: '{"user_id": "1"}' });
    expect(refusal(lines)).toBe("signature_mismatch");
  });

  test("may be signed or left unsigned on private channels, where some clients send it along", () => {
    const hub = new TestHub();
    const channelData = '{"tenant":"a"}';
    for (const [name, signedData] of [
      ["ann", channelData],
      ["bob", undefined],
    ] as const) {
      const connection = hub.connect(name);
      const auth = hub.authFor(connection, "private-a", signedData);
      expect(refusal(hub.subscribe(connection, "private-a", { auth, channelData }))).toBeUndefined();
    }
  });
});

test("during a rotation every live secret of the key is accepted, and the note names the one that signed", () => {
  const hub = new TestHub();
  const secrets = [
    { id: "old", value: secret },
    { id: "fresh", value: secondSecret },
  ];
  hub.change({}, { keys: [{ key, secrets }] });
  for (const { id, value } of secrets) {
    const connection = hub.connect(id);
    const auth = `${key}:${hmacHex(value, channelStringToSign(connection.socketId, "private-a"))}`;
    expect(hub.subscribe(connection, "private-a", { auth }).at(-1)).toBe(
      `note subscribed ${id} private-a ${id}`,
    );
  }
  hub.change({}, { keys: [{ key, secrets: secrets.slice(1) }] });
  expect(refusal(hub.subscribe(hub.connect("late"), "private-a"))).toBe("signature_mismatch");
});
