import { expect, test } from "bun:test";
import fc from "fast-check";
import { batchedAuthorization } from "./index.ts";
import { answerBatch, answerSingle, FakeWorld, type Respond } from "./testing/fake-world.ts";

/** More than all retries, time limits and refreshes of a run together. */
const LONG_MS = 3_600_000;
const TIMEOUT_MS = 1_000;

const channelName = fc.integer({ min: 0, max: 20 }).map((n) => `${n % 2 ? "private" : "presence"}-${n}`);

const ask = fc.record({
  afterMs: fc.constantFrom(0, 0, 0, 1, 300, 5_000),
  client: fc.integer({ min: 0, max: 1 }),
  /** Whether the client has reconnected since its last one. */
  isReconnected: fc.boolean(),
  channels: fc.array(channelName, { minLength: 1, maxLength: 30 }),
});

/** Whatever a request may meet with. */
const response: fc.Arbitrary<Respond> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Respond>(answerBatch) },
  fc.constantFrom(200, 204, 400, 401, 403, 404, 419, 422, 429, 500, 503).map(
    (status): Respond =>
      () =>
        new Response(null, { status }),
  ),
  fc.json().map(
    (json): Respond =>
      () =>
        new Response(json),
  ),
  fc.constant<Respond>(answerSingle(() => Response.json({ auth: "nobody's" }))),
  fc.constant<Respond>(({ channels }) =>
    Response.json(Object.fromEntries(channels.slice(1).map((name) => [name, { status: 500 }]))),
  ),
  fc.constant<Respond>(() => Promise.reject(new TypeError("Failed to fetch"))),
  fc.constant<Respond>(() => new Promise(() => {})),
);

test("whatever the endpoint does, each callback is called once, or not at all when its connection has gone", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(ask, { minLength: 1, maxLength: 6 }),
      fc.array(response, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(0, 50),
      fc.boolean(),
      async (asks, responses, maxBatch, delayMs, hasRefresh) => {
        let turn = 0;
        const world = new FakeWorld((request) => (responses[turn++ % responses.length] as Respond)(request));
        const { customHandler } = batchedAuthorization(
          {
            endpoint: "/auth",
            fetch: world.fetch,
            maxBatch,
            delayMs,
            timeoutMs: TIMEOUT_MS,
            ...(hasRefresh ? { refresh: async () => ({ authorization: "new" }) } : {}),
          },
          world.runtime,
        );
        const clients = [0, 1].map((index) => ({ index, connections: 1, channelAuthorizer: customHandler }));
        const calls: { count: number; client: number; socketId: string; channel: string }[] = [];
        for (const { afterMs, client: index, isReconnected, channels } of asks) {
          await world.pass(afterMs);
          const client = clients[index] as (typeof clients)[number];
          if (isReconnected) client.connections++;
          const socketId = `${index}.${client.connections}`;
          for (const channel of channels) {
            const call = { count: 0, client: index, socketId, channel };
            calls.push(call);
            customHandler.call(client, { socketId, channelName: channel }, (error, data) => {
              call.count++;
              expect([error === null, data === null]).toEqual([!error, !data]);
              if (data) expect(data.auth).toBeTruthy();
            });
            expect(call.count).toBe(0);
          }
        }
        await world.pass(LONG_MS);

        const current = clients.map(({ index, connections }) => `${index}.${connections}`);
        for (const { count, socketId } of calls) {
          if (current.includes(socketId)) expect(count).toBe(1);
          else expect(count).toBeLessThanOrEqual(1);
        }
        for (const { channels, socketId } of world.requests) {
          expect(channels.length).toBeLessThanOrEqual(maxBatch);
          expect(new Set(channels).size).toBe(channels.length);
          for (const channel of channels) {
            expect(calls).toContainEqual(expect.objectContaining({ socketId, channel }));
          }
        }
        // A batch, a probe and a request by itself; three times each for what passes, and once more after a refresh.
        expect(world.requests.length).toBeLessThanOrEqual(12 * calls.length);
        expect(world.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});

test("the form carries every name and value as it was", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(text, { minLength: 1, maxLength: 30 }),
      fc.dictionary(
        text.filter((name) => !name.startsWith("channel_name") && name !== "socket_id"),
        text,
        { noNullPrototype: true },
      ),
      async (channels, params) => {
        const world = new FakeWorld(answerBatch);
        const { customHandler } = batchedAuthorization(
          { endpoint: "/auth", fetch: world.fetch, params },
          world.runtime,
        );
        for (const channelName of channels) customHandler({ socketId: "1.1", channelName }, () => {});
        await world.pass(0);
        const form = [...new URLSearchParams(world.requests[0]?.body)];
        expect(form).toEqual([
          ["socket_id", "1.1"],
          ...channels.map((name, index) => [`channel_name[${index}]`, name] as [string, string]),
          ...Object.entries(params),
        ]);
      },
    ),
    { numRuns: 100 },
  );
});
