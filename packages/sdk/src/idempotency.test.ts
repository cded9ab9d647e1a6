import { afterEach, describe, expect, test } from "bun:test";
import type { UsherOptions } from "./options.ts";
import { type AnsweringServer, type SeenRequest, startAnsweringServer } from "./testing/answering-server.ts";
import { Usher } from "./usher.ts";

const APP = { appId: "3", key: "app-key", secret: "app-secret", host: "127.0.0.1" } as const;

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function serve(answer: (count: number) => Response): AnsweringServer {
  const server = startAnsweringServer(answer);
  stops.push(server.stop);
  return server;
}

const honoured = () => Response.json({}, { headers: { "idempotency-key": "honoured" } });
const failed = () => new Response("no", { status: 502 });
const usherOn = ({ port }: AnsweringServer, options: Partial<UsherOptions> = {}) =>
  new Usher({ ...APP, port, delay: async () => {}, ...options });
const keyOf = ({ headers }: SeenRequest) => headers.get("idempotency-key");

describe("a key of its own", () => {
  test("goes with every event, and with nothing else", async () => {
    const server = serve(() => Response.json({}));
    const usher = usherOn(server);
    await usher.trigger("c", "e", {});
    await usher.triggerBatch([{ channel: "c", name: "e", data: {} }]);
    await usher.sendToUser("7", "e", {});
    await usher.terminateUserConnections("7");
    await usher.get({ path: "/channels" });
    const keys = server.seen.map(keyOf);
    expect(new Set(keys.slice(0, 3)).size).toBe(3);
    for (const key of keys.slice(0, 3)) expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(keys.slice(3)).toEqual([null, null]);
  });

  test("is left out when it is not wanted", async () => {
    const server = serve(() => Response.json({}));
    await usherOn(server, { idempotencyKeys: false }).trigger("c", "e", {});
    expect(server.seen.map(keyOf)).toEqual([null]);
  });

  test("makes an event be sent again after a failure, once the server has shown that it minds keys", async () => {
    const server = serve((count) => (count === 2 ? failed() : honoured()));
    const usher = usherOn(server);
    await usher.trigger("c", "e", 1);
    expect((await usher.trigger("c", "e", 2)).status).toBe(200);
    const [, first, second] = server.seen.map((request) => [keyOf(request), request.body]);
    expect(second).toEqual(first as string[]);
    expect(server.seen).toHaveLength(3);
  });

  test("does not where the server has not shown it: the event may have been delivered", async () => {
    const server = serve((count) => (count === 2 ? failed() : Response.json({})));
    const usher = usherOn(server);
    await usher.trigger("c", "e", 1);
    await expect(usher.trigger("c", "e", 2)).rejects.toMatchObject({ status: 502, attempts: 1 });
  });
});

test("the events that a channel keeps are read in pages", async () => {
  const events = [{ serial: 4, name: "e", data: "1", time: "2026-01-02T03:04:05.678Z", user_id: "7" }];
  const page = { epoch: "x-1", first_serial: 3, last_serial: 9, events, next_after: 4 };
  const server = serve(() => Response.json(page));
  expect(await usherOn(server).channelEvents("presence-a", { limit: 1, after: 3 })).toEqual({
    epoch: "x-1",
    firstSerial: 3,
    lastSerial: 9,
    events: [{ serial: 4, name: "e", data: "1", time: new Date("2026-01-02T03:04:05.678Z"), userId: "7" }],
    nextAfter: 4,
  });
  expect(server.seen[0]?.target).toMatch(/^\/apps\/3\/channels\/presence-a\/events\?.*after=3.*limit=1/);
});
