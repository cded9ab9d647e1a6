import type { Random } from "./random.ts";
import { frame } from "./wire-client.ts";

/** One frame that is valid as a frame and whose text is anything: the connection must outlive it. */
export function oddText(random: Random): Uint8Array {
  const text = random.pick([
    () => random.mutated(validMessage(random)),
    () => random.mutated(validMessage(random)),
    () => oddMessage(random),
    () => JSON.stringify(oddValue(random, 4)),
    () => random.text(random.below(200)),
    () => random.pick(["[", '{"a":', '"', "{", "\u0000", " "]).repeat(random.below(100_000)),
  ])();
  return frame(0x81, Buffer.from(text.slice(0, 120_000)));
}

/** Bytes that break the rules of the WebSocket standard, or bend them. */
export function badBytes(random: Random): Uint8Array {
  const valid = Buffer.from(validMessage(random));
  return random.pick([
    // Invalid UTF-8, whole and in parts.
    () => frame(0x81, random.bytes(1 + random.below(300))),
    () => Buffer.concat([frame(0x01, Buffer.from([0xf0, 0x9f])), frame(0x80, Buffer.from([0x22]))]),
    // Binary frames, and fragments with control frames between them.
    () => frame(0x82, random.bytes(random.below(2_000))),
    () =>
      Buffer.concat([
        frame(0x01, valid.subarray(0, 9)),
        frame(0x89, Buffer.from("x")),
        frame(0x80, valid.subarray(9)),
      ]),
    () => Buffer.concat(Array.from({ length: random.below(50) }, () => frame(0x01, valid))),
    () => frame(0x80, valid),
    () => frame(0x00, valid),
    // Control frames: with data, too long, in fragments, with close codes that nobody may send.
    () => frame(random.pick([0x88, 0x89, 0x8a]), random.bytes(random.below(126))),
    () => frame(random.pick([0x88, 0x89, 0x8a]), random.bytes(126 + random.below(500))),
    () => frame(random.pick([0x08, 0x09, 0x0a]), random.bytes(4)),
    () => frame(0x88, Buffer.from([random.below(256), random.below(256)])),
    () => Buffer.concat(Array.from({ length: random.below(500) }, () => frame(0x89, Buffer.alloc(0)))),
    // Reserved bits and opcodes, no mask, masks that do not match.
    () => frame(0xf1, valid),
    () => frame(0x80 | random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), valid),
    () => Buffer.concat([Buffer.from([0x81, valid.length]), valid]),
    () => Buffer.concat([Buffer.from([0x81, 0x80 | Math.min(125, valid.length)]), random.bytes(4), valid]),
    // Lengths: with the top bit set (known failure 9), in the wrong form, more than ever comes, too much.
    () => withLength(127, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    () => withLength(127, [0x80, 0, 0, 0, 0, 0, 0, 5]),
    () => withLength(127, [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    () => withLength(127, [0, 0, 0, 1, 0, 0, 0, 0]),
    () => withLength(127, [0, 0, 0, 0, 0, 0, 0, 3]),
    () => withLength(126, [0, 3]),
    () => withLength(126, [0xff, 0xff]),
    () => frame(0x81, Buffer.alloc(200_000, 0x61)),
    () => frame(0x81, valid).subarray(0, random.below(valid.length)),
    () => random.bytes(random.below(400)),
  ])();
}

function withLength(marker: number, bytes: readonly number[]): Uint8Array {
  return Buffer.from([0x81, 0x80 | marker, ...bytes, 0, 0, 0, 0, 0x61, 0x62, 0x63]);
}

/** What a client may send, some of it for the channels of others. */
function validMessage(random: Random): string {
  const channel = random.pick([
    "fuzz",
    "private-fuzz",
    "presence-fuzz",
    "cache-fuzz",
    "private-witness",
    "#server-to-user-1",
  ]);
  const auth = random.pick([
    undefined,
    "",
    "278d425bdf160c739803:0",
    `278d425bdf160c739803:${"0".repeat(64)}`,
  ]);
  const data = random.pick(["", {}, null, 12345678901234567890n.toString(), [1, { a: "b" }]]);
  const message = random.pick<object>([
    { event: "pusher:ping", data },
    { event: "pusher:pong", data },
    { event: "pusher:subscribe", data: { channel, auth, channel_data: '{"user_id":"1"}' } },
    { event: "pusher:subscribe", data: { channel } },
    { event: "pusher:subscribe", data: JSON.stringify({ channel, auth }) },
    { event: "pusher:unsubscribe", data: { channel } },
    { event: "pusher:signin", data: { auth: "x:y", user_data: '{"id":"1"}' } },
    { event: "client-fuzz", channel, data },
    { event: "pusher_internal:member_added", channel, data: '{"user_id":"2"}' },
  ]);
  return JSON.stringify(message);
}

/** The right keys with the wrong things in them. */
function oddMessage(random: Random): string {
  const entries = ["event", "channel", "data", "user_id", "__proto__", "constructor"].filter(() =>
    random.chance(0.7),
  );
  const members = entries.map((key) => {
    const value = random.chance(0.5)
      ? oddValue(random, 2)
      : random.pick(["pusher:subscribe", "client-x", "fuzz"]);
    return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  });
  return `{${[...members, ...members.slice(0, random.below(3))].join(",")}}`;
}

function oddValue(random: Random, depth: number): unknown {
  const simple = [null, true, false, 0, -0, 1e308, -1e-308, 2 ** 53, "", "pusher:ping", random.text(20)];
  if (depth === 0 || random.chance(0.4)) return random.pick<unknown>(simple);
  const values = Array.from({ length: random.below(4) }, () => oddValue(random, depth - 1));
  return random.chance(0.5) ? values : Object.fromEntries(values.map((value) => [random.pick(KEYS), value]));
}

const KEYS = [
  "event",
  "channel",
  "data",
  "auth",
  "channel_data",
  "user_data",
  "__proto__",
  "toString",
  "",
] as const;
