import { describe, expect, test } from "bun:test";
import { type App, type Connection, DEFAULT_APP_SETTINGS, Hub } from "@usher/hub";
import { effectApplier } from "../../apply-effects.ts";
import { Meters } from "../../metrics/meters.ts";
import { hmacSha256Hex } from "../bun/bun-hmac.ts";
import type { Socket } from "../engine.ts";
import { webSocketEdge } from "../websocket/websocket-edge.ts";
import { HttpFallback } from "./http-fallback.ts";
import { GRACE_MS } from "./http-session.ts";
import { SessionTopics } from "./session-topics.ts";

const APP: App = {
  id: "3",
  name: "test",
  enabled: true,
  keys: [{ key: "key", secrets: [] }],
  settings: DEFAULT_APP_SETTINGS,
  restrictions: [],
};

/** The edge on a hub of its own, without a network. */
function start(mostSessions: number) {
  const clock = { nowMs: 1_000 };
  const sockets = new Map<Connection, Socket>();
  const meters = new Meters();
  const topics = new SessionTopics();
  const findAppByKey = (key: string) => (key === "key" ? APP : undefined);
  const hub = new Hub({ findAppByKey, hmacHex: hmacSha256Hex, random: Math.random, maxConnections: null });
  const apply = effectApplier({
    publish: (topic, text, except) => topics.publish(topic, text, except),
    socketOf: (connection) => sockets.get(connection),
    meters,
    onNote: () => {},
    closeSoon: () => {},
  });
  const now = () => clock.nowMs;
  const edge = { hub, apply, meters, findAppByKey, sockets, pathPrefix: "", isDraining: () => false, now };
  const fallback = new HttpFallback({
    hub,
    apply,
    meters,
    sockets: webSocketEdge(edge),
    topics,
    publishToWebSockets: () => {},
    addressOf: () => null,
    pathPrefix: "",
    trustProxy: false,
    maxFrameBytes: 1_000,
    maxBufferedBytes: 1_000,
    hardBufferLimitBytes: 4_000,
    mostSessions,
    monotonicNow: now,
    wait: () => Promise.resolve(),
  });
  let sessions = 0;
  const ask = async (path: string, body?: string) => {
    const request = new Request(`http://host/app/key/${path}?protocol=7`, {
      method: "POST",
      ...(body !== undefined && { body }),
    });
    return (await fallback.answer(request))?.text();
  };
  const name = () => `1/${String(++sessions).padStart(8, "0")}`;
  return { clock, hub, meters, fallback, ask, name };
}

describe("connections over HTTP", () => {
  test("one more than there may be is told to come back later, and leaves nothing behind", async () => {
    const { clock, hub, meters, fallback, ask, name } = start(2);
    expect(await ask(`${name()}/xhr`)).toBe("o\n");
    expect(await ask(`${name()}/xhr`)).toBe("o\n");
    const refused = await ask(`${name()}/xhr`);
    expect(refused).toMatch(/^o\na\[".*4100.*"\]\nc\[4100,".*"\]\n$/);
    expect(meters.refusedHandshakes.get("over_capacity")).toBe(1);
    expect([hub.connectionCount, fallback.counts().xhr_polling]).toEqual([2, 2]);

    clock.nowMs += GRACE_MS + 1;
    fallback.sweep();
    await Promise.resolve();
    expect([hub.connectionCount, fallback.counts().xhr_polling]).toEqual([0, 0]);
    expect(await ask(`${name()}/xhr`)).toBe("o\n");
    expect(fallback.opened).toEqual({ xhr_streaming: 0, xhr_polling: 3 });
  });

  test("a client that is sent more than may wait is closed with 4100, though nothing was published", async () => {
    const { ask, name, meters } = start(2);
    const session = name();
    await ask(`${session}/xhr`);
    const frames = Array.from({ length: 20 }, (_, n) => JSON.stringify({ event: `nonsense-${n}` }));
    await ask(`${session}/xhr_send`, JSON.stringify(frames));
    expect((await ask(`${session}/xhr`))?.split("\n").at(-2)).toStartWith("c[4100,");
    expect(meters.ofApp(APP.id).closes.get("slow_consumer")).toBe(1);
  });

  test("a server that stops waits for those who have not heard of it, and no longer than it may", async () => {
    const { clock, hub, fallback, ask, name } = start(2);
    await fallback.settle(1_000);
    await ask(`${name()}/xhr`);
    const [connection] = hub.stateOf(APP.id)?.connections.values() ?? [];
    expect(connection).toBeDefined();
    let isOver = false;
    const settling = fallback.settle(1_000).then(() => {
      isOver = true;
    });
    await Promise.resolve();
    expect(isOver).toBe(false);
    clock.nowMs += 1_000;
    await settling;
  });
});
