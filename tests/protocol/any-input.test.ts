import { expect, test } from "bun:test";
import fc from "fast-check";
import { describeServer, fresh } from "../support/target.ts";

const EVENTS = [
  "pusher:subscribe",
  "pusher:unsubscribe",
  "pusher:signin",
  "pusher:ping",
  "pusher:pong",
  "pusher:error",
  "pusher_internal:subscription_succeeded",
  "client-x",
];
const CHANNELS = [
  "c",
  "private-c",
  "presence-c",
  "cache-c",
  "#server-to-user-1",
  "private-encrypted-c",
  "a:b",
];

const name = fc.oneof(fc.constantFrom(...CHANNELS), fc.string({ unit: "binary" }));
const value = fc.oneof(name, fc.jsonValue(), fc.constant("1:2"), fc.constant('{"user_id":"1"}'));
const data = fc.record(
  { channel: value, auth: value, channel_data: value, user_data: value },
  { requiredKeys: [] },
);
const event = fc.oneof(fc.constantFrom(...EVENTS), fc.jsonValue());
const frame = fc.record(
  {
    event,
    data: fc.oneof(
      data,
      data.map((it) => JSON.stringify(it)),
      fc.jsonValue(),
    ),
    channel: value,
    user_id: value,
  },
  { requiredKeys: [] },
);
const text = fc.oneof(
  { weight: 8, arbitrary: frame.map((it) => JSON.stringify(it)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  { weight: 1, arbitrary: frame.map((it) => JSON.stringify(it).slice(0, -2)) },
);

describeServer("any input", { settings: { client_events: true, strict: true } }, (target) => {
  test("whatever text a client sends, its socket stays open and others notice nothing", async () => {
    const [sender, other] = await Promise.all([target.connect(), target.connect()]);
    await other.join(fresh("presence-"), { user_id: "1" });
    await other.join("c");
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 10 }), async (texts) => {
        for (const it of texts) sender.sendText(it.toWellFormed());
        for (const answer of await sender.framesBeforePong()) expect(answer.event).toStartWith("pusher");
        expect(await other.framesBeforePong()).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  const segment = fc.oneof(
    fc.constantFrom("apps", "events", "batch_events", "channels", "users", "stats", "terminate_connections"),
    fc.constantFrom(target.app.id, "4", "c", "presence-c", "..", "%", "%00", "%ff", "%23x", "__proto__"),
    fc.string({ unit: "grapheme" }).map(encodeURIComponent),
  );
  const parameter = fc.tuple(
    fc.oneof(fc.constantFrom("info", "name", "channels[]", "socket_id", "filter_by_prefix"), fc.string()),
    fc.oneof(fc.constantFrom("user_count", "cache", "1.1", "presence-"), fc.string({ unit: "binary" })),
  );
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS"),
    segments: fc.array(segment, { maxLength: 6 }),
    isOwn: fc.boolean(),
    query: fc.array(parameter, { maxLength: 4 }),
    body: fc.oneof(fc.json(), text, fc.constant('{"batch":[{}]}'), fc.constant("")),
  });

  test("whatever a server asks, signed or not, the answer is no fault of ours", async () => {
    await fc.assert(
      fc.asyncProperty(request, fc.boolean(), async ({ method, segments, isOwn, query, body }, isSigned) => {
        const response = await target.api.send({
          method,
          base: isOwn ? `/apps/${target.app.id}` : "",
          path: `/${segments.join("/")}`,
          query: query.map(([key, it]) => [key.toWellFormed(), it.toWellFormed()] as const),
          ...(method === "GET" ? {} : { body: body.toWellFormed() }),
          ...(isSigned ? {} : { auth: { auth_signature: "0".repeat(64) } }),
        });
        expect(response.status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
    expect((await target.api.get("/channels")).status).toBe(200);
  });
});
