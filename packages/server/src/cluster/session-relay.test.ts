import { beforeEach, describe, expect, test } from "bun:test";
import { type App, type Connection, DEFAULT_APP_SETTINGS, Hub } from "@usher/hub";
import { effectApplier } from "../apply-effects.ts";
import { hmacSha256Hex } from "../edges/bun/bun-hmac.ts";
import type { Socket } from "../edges/engine.ts";
import { HttpFallback } from "../edges/http-fallback/http-fallback.ts";
import { SessionTopics } from "../edges/http-fallback/session-topics.ts";
import { webSocketEdge } from "../edges/websocket/websocket-edge.ts";
import { Meters } from "../metrics/meters.ts";
import type { Bus, BusMessage } from "./bus.ts";
import { ENTRY_SECONDS } from "./session-directory.ts";
import type { SessionMessage } from "./session-messages.ts";
import { SessionRelay } from "./session-relay.ts";
import { MemorySessionDirectory } from "./testing/memory-session-directory.ts";

const APP: App = {
  id: "3",
  name: "test",
  enabled: true,
  keys: [{ key: "key", secrets: [] }],
  settings: DEFAULT_APP_SETTINGS,
  restrictions: [],
};

const PAGE = "https://page.example";
const MAX_FRAME_BYTES = 1_000;

/** What gets lost between nodes. */
let loses: (message: SessionMessage, from: string) => boolean;
let clock: { nowMs: number };
let directory: MemorySessionDirectory;
let nodes: Map<string, Node>;

beforeEach(() => {
  loses = () => false;
  clock = { nowMs: 1_000 };
  directory = new MemorySessionDirectory();
  nodes = new Map();
  for (const id of ["a", "b", "c"]) nodes.set(id, new Node(id));
});

function at(id: string): Node {
  const node = nodes.get(id);
  if (!node) throw new Error(`no node ${id}`);
  return node;
}

/** The edge of one server, with a hub of its own. */
class Node {
  readonly hub: Hub;
  readonly fallback: HttpFallback;
  readonly relay: SessionRelay;
  readonly #topics = new SessionTopics();
  readonly #handlers = new Map<string, (message: never) => void>();

  constructor(nodeId: string) {
    const now = () => clock.nowMs;
    const bus: Pick<Bus, "nodeId" | "tell" | "on"> = {
      nodeId,
      tell: (to, message) => {
        const text = JSON.stringify(message);
        queueMicrotask(() => nodes.get(to)?.hear(JSON.parse(text), nodeId));
      },
      on: (kind, handler) => this.#handlers.set(kind, handler as (message: never) => void),
    };
    const sockets = new Map<Connection, Socket>();
    const meters = new Meters();
    const topics = this.#topics;
    const findAppByKey = (key: string) => (key === "key" ? APP : undefined);
    const hub = new Hub({ findAppByKey, hmacHex: hmacSha256Hex, random: Math.random, maxConnections: null });
    const apply = effectApplier({
      publish: (topic, text, except) => topics.publish(topic, text, except),
      socketOf: (connection) => sockets.get(connection),
      meters,
      onNote: () => {},
      closeSoon: () => {},
    });
    const edge = { hub, apply, meters, findAppByKey, sockets, pathPrefix: "", isDraining: () => false, now };
    this.hub = hub;
    this.relay = new SessionRelay({ bus, directory, monotonicNow: now });
    this.fallback = new HttpFallback({
      hub,
      apply,
      meters,
      sockets: webSocketEdge(edge),
      topics,
      publishToWebSockets: () => {},
      addressOf: () => null,
      pathPrefix: "",
      trustProxy: false,
      maxFrameBytes: MAX_FRAME_BYTES,
      maxBufferedBytes: 1_000_000,
      hardBufferLimitBytes: 4_000_000,
      mostSessions: 100,
      monotonicNow: now,
      wait: () => Promise.resolve(),
      relay: this.relay,
    });
  }

  hear(message: BusMessage, from: string): void {
    if (message.kind !== "session" || loses(message.body as SessionMessage, from)) return;
    this.#handlers.get("session")?.(message as never);
  }

  async ask(path: string, body?: string, origin: string | null = PAGE): Promise<Response> {
    return this.request(path, body, origin).answer;
  }

  request(path: string, body?: string, origin: string | null = PAGE) {
    const abort = new AbortController();
    const request = new Request(`http://host/app/key/${path}?protocol=7`, {
      method: "POST",
      signal: abort.signal,
      ...(origin !== null && { headers: { origin } }),
      ...(body !== undefined && { body }),
    });
    return { answer: Promise.resolve(this.fallback.answer(request) as Promise<Response>), abort };
  }

  publish(text: string): void {
    this.#topics.publish(`${APP.id}\nroom`, text, undefined);
  }

  get connections(): number {
    return this.hub.connectionCount;
  }
}

const SESSION = "1/00000000";
const PING = JSON.stringify([JSON.stringify({ event: "pusher:ping", data: {} })]);
const PONG = 'a["{\\"event\\":\\"pusher:pong\\",\\"data\\":{}}"]\n';

/** Time passes, and every node does what is due. */
async function pass(ms: number, on: readonly string[] = ["a", "b", "c"]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    clock.nowMs += 1_000;
    for (const id of on) at(id).fallback.sweep();
    await turns();
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A polling client whose session began on the first node. */
async function polling(): Promise<void> {
  expect(await (await at("a").ask(`${SESSION}/xhr`)).text()).toBe("o\n");
  expect(await (await at("a").ask(`${SESSION}/xhr`)).text()).toContain("connection_established");
}

/** What a stream says next; undefined once it is over. */
type NextChunk = () => Promise<string | undefined>;

/** A stream of a session that began with a poll, asked for at another node. */
async function streaming(node: string): Promise<NextChunk> {
  const response = await at(node).ask(`${SESSION}/xhr_streaming`);
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const next = async () => {
    const { done, value } = await reader.read();
    return done ? undefined : new TextDecoder().decode(value);
  };
  expect((await next())?.length).toBe(2_049);
  return next;
}

describe("requests of one session", () => {
  test("may each come to another node", async () => {
    expect(await (await at("a").ask(`${SESSION}/xhr`)).text()).toBe("o\n");
    expect(await (await at("b").ask(`${SESSION}/xhr`)).text()).toContain("connection_established");
    for (const [sender, receiver] of ["bc", "cb", "ab", "ba", "bb"]) {
      const poll = at(receiver ?? "").ask(`${SESSION}/xhr`);
      expect((await at(sender ?? "").ask(`${SESSION}/xhr_send`, PING)).status).toBe(204);
      expect(await (await poll).text()).toBe(PONG);
    }
    expect([at("a").connections, at("b").connections, at("c").connections]).toEqual([1, 0, 0]);
    expect(directory.holders).toEqual(new Map([[`key/${SESSION}`, "a"]]));
  });

  test("get what came while none of them was waiting, on whatever node", async () => {
    await polling();
    await at("b").ask(`${SESSION}/xhr_send`, PING);
    await at("c").ask(`${SESSION}/xhr_send`, PING);
    expect(await (await at("b").ask(`${SESSION}/xhr`)).text()).toBe(
      PONG.replace(/^a\[(.*)\]\n$/, "a[$1,$1]\n"),
    );
  });

  test("that wait are answered by the session's own heartbeat", async () => {
    await polling();
    const poll = at("b").ask(`${SESSION}/xhr`);
    await turns();
    await pass(25_000);
    expect(await (await poll).text()).toBe("h\n");
  });

  test("of another page are answered as if there were no session", async () => {
    await polling();
    const other = "https://other.example";
    expect((await at("b").ask(`${SESSION}/xhr_send`, PING, other)).status).toBe(404);
    expect((await at("b").ask(`${SESSION}/xhr`, undefined, other)).status).toBe(404);
    expect((await at("b").ask(`${SESSION}/xhr_send`, "x".repeat(9_000), other)).status).toBe(413);
    expect(at("a").connections).toBe(1);
  });

  test("with what no client sends are refused where they come in", async () => {
    await polling();
    expect((await at("b").ask(`${SESSION}/xhr_send`, "{")).status).toBe(500);
    expect((await at("b").ask(`${SESSION}/xhr_send`, "")).status).toBe(500);
    expect((await at("b").ask("9/00000000/xhr_send", PING)).status).toBe(404);
    expect(at("a").connections).toBe(1);
  });

  test("with a frame that is too large end the session, wherever it is", async () => {
    await polling();
    const large = JSON.stringify(["x".repeat(MAX_FRAME_BYTES + 1)]);
    expect((await at("b").ask(`${SESSION}/xhr_send`, large)).status).toBe(413);
    await turns();
    expect(at("a").connections).toBe(0);
    const end = (await (await at("c").ask(`${SESSION}/xhr`)).text()).split("\n").at(-2);
    expect(end).toStartWith("c[");
  });

  test("that come at the same time open one session", async () => {
    const answers = [at("a").ask(`${SESSION}/xhr`), at("b").ask(`${SESSION}/xhr`)];
    const texts = (await Promise.all(answers.map(async (answer) => (await answer).text()))).sort();
    expect(texts.map((text) => text[0])).toEqual(["a", "o"]);
    expect(at("a").connections + at("b").connections).toBe(1);
  });
});

describe("a stream of another node's session", () => {
  test("gets frames as they come, and heartbeats", async () => {
    await polling();
    const next = await streaming("b");
    for (let ping = 0; ping < 3; ping++) {
      await at("c").ask(`${SESSION}/xhr_send`, PING);
      expect(await next()).toBe(PONG);
    }
    await pass(25_000);
    expect(await next()).toBe("h\n");
  });

  test("that is full is followed by one at any node, and no frame is missing between them", async () => {
    await polling();
    const subscribe = { event: "pusher:subscribe", data: { channel: "room" } };
    await at("c").ask(`${SESSION}/xhr_send`, JSON.stringify([JSON.stringify(subscribe)]));
    expect(await (await at("b").ask(`${SESSION}/xhr`)).text()).toContain("subscription_succeeded");
    const frames = Array.from({ length: 200 }, (_, number) => `${number} ${"x".repeat(5_000)}`);
    const read: string[] = [];
    let published = 0;
    for (let stream = 0; read.length < frames.length; stream++) {
      const response = await at("bca"[stream % 3] ?? "").ask(`${SESSION}/xhr_streaming`);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      let length = 0;
      // What pusher-js does: it ends a request once it has read more than that, at the end of a line.
      while (length <= 256 * 1_024 && read.length < frames.length) {
        for (const frame of frames.slice(published, published + 10)) at("a").publish(frame);
        published += 10;
        const text = new TextDecoder().decode((await reader.read()).value);
        length += text.length;
        for (const line of text.split("\n"))
          if (line.startsWith("a")) read.push(...JSON.parse(line.slice(1)));
      }
      await reader.cancel();
    }
    expect(read.map((frame) => frame.split(" ")[0])).toEqual(frames.map((_, number) => String(number)));
    expect(at("a").connections).toBe(0);
  });

  test("ends with the session's close line", async () => {
    await polling();
    const next = await streaming("b");
    const large = JSON.stringify(["x".repeat(MAX_FRAME_BYTES + 1)]);
    await at("a").ask(`${SESSION}/xhr_send`, large);
    expect(await next()).toContain("c[");
    expect(await next()).toBeUndefined();
    expect(directory.holders.size).toBe(0);
  });

  test("gives way to a newer one, on whatever node", async () => {
    await polling();
    const next = await streaming("b");
    const newer = await streaming("c");
    expect(await next()).toStartWith("c[2010,");
    expect(await next()).toBeUndefined();
    await at("b").ask(`${SESSION}/xhr_send`, PING);
    expect(await newer()).toBe(PONG);
  });

  test("that its client breaks off ends the session", async () => {
    await polling();
    const response = await at("b").ask(`${SESSION}/xhr_streaming`);
    await turns();
    await response.body?.cancel();
    await turns();
    expect(at("a").connections).toBe(0);
  });

  test("ends rather than goes on with a hole, and so does the session", async () => {
    await polling();
    const next = await streaming("b");
    await turns();
    loses = ({ what }) => what === "lines";
    await at("c").ask(`${SESSION}/xhr_send`, PING);
    loses = () => false;
    await at("c").ask(`${SESSION}/xhr_send`, PING);
    expect(await next()).toBeUndefined();
    await turns();
    expect(at("a").connections).toBe(0);
  });

  test("ends also where nothing comes after what was lost", async () => {
    await polling();
    const next = await streaming("b");
    await turns();
    loses = ({ what }) => what === "lines";
    await at("c").ask(`${SESSION}/xhr_send`, PING);
    await pass(5_000);
    expect(await next()).toBeUndefined();
    expect(at("a").connections).toBe(0);
  });
});

describe("where a node is gone", () => {
  test("a new request is told to start anew within seconds, and at once where that is known", async () => {
    await polling();
    loses = () => true;
    const poll = at("b").ask(`${SESSION}/xhr`);
    await turns();
    await pass(4_000, ["b"]);
    expect((await poll).status).toBe(404);
    const sent = at("b").ask(`${SESSION}/xhr_send`, PING);
    await turns();
    await pass(6_000, ["b"]);
    expect((await sent).status).toBe(503);
    at("b").relay.nodeGone("a");
    expect((await at("b").ask(`${SESSION}/xhr`)).status).toBe(404);
    expect((await at("b").ask(`${SESSION}/xhr_send`, PING)).status).toBe(404);
  });

  test("and comes back, its sessions can be reached again", async () => {
    await polling();
    at("b").relay.nodeGone("a");
    expect((await at("b").ask(`${SESSION}/xhr_send`, PING)).status).toBe(404);
    clock.nowMs += 31_000;
    at("b").fallback.sweep();
    expect((await at("b").ask(`${SESSION}/xhr_send`, PING)).status).toBe(204);
  });

  test("those who wait for it are, too", async () => {
    await polling();
    const next = await streaming("b");
    const send = { answer: Promise.withResolvers<number>() };
    await turns();
    loses = (_, from) => from === "a";
    void at("c")
      .ask(`${SESSION}/xhr_send`, PING)
      .then(({ status }) => send.answer.resolve(status));
    await turns();
    for (const id of ["b", "c"]) at(id).relay.nodeGone("a");
    expect(await next()).toBeUndefined();
    expect(await send.answer.promise).toBe(503);
  });

  test("silence is enough", async () => {
    await polling();
    const next = await streaming("b");
    await turns();
    loses = (_, from) => from === "a";
    await pass(14_000, ["b"]);
    expect(await next()).toBeUndefined();
  });

  test("its clients' sessions end: nobody knows what they have received", async () => {
    await polling();
    await streaming("b");
    await turns();
    await pass(14_000, ["a"]);
    expect(at("a").connections).toBe(0);
  });
});

test("a session of which it is not known whether it got what its client sent ends, once it can be told", async () => {
  await polling();
  loses = ({ what }) => what === "send" || what === "lost";
  const sent = at("b").ask(`${SESSION}/xhr_send`, PING);
  const next = await streaming("a");
  await pass(6_000);
  expect((await sent).status).toBe(503);
  await pass(20_000);
  expect(at("a").connections).toBe(1);
  loses = () => false;
  await pass(2_000);
  expect(at("a").connections).toBe(0);
  expect(await next()).toBe("h\n");
});

test("while the directory cannot be reached sessions work as they do on one node, and are put down later", async () => {
  directory.isDown = true;
  await polling();
  expect((await at("a").ask(`${SESSION}/xhr_send`, PING)).status).toBe(204);
  expect((await at("b").ask(`${SESSION}/xhr_send`, PING)).status).toBe(404);
  expect(await (await at("a").ask(`${SESSION}/xhr`)).text()).toBe(PONG);
  const poll = at("a").ask(`${SESSION}/xhr`);
  directory.isDown = false;
  await pass(6_000);
  expect((await at("b").ask(`${SESSION}/xhr_send`, PING)).status).toBe(204);
  expect(await (await poll).text()).toBe(PONG);
});

test("what is put down is renewed in time, and taken back at the end", async () => {
  await polling();
  directory.holders.clear();
  const next = await streaming("a");
  clock.nowMs += (ENTRY_SECONDS * 1_000) / 2;
  at("a").fallback.sweep();
  expect(directory.holders.get(`key/${SESSION}`)).toBe("a");
  expect(await next()).toBe("h\n");
  await at("a").ask(`${SESSION}/xhr_send`, JSON.stringify(["x".repeat(MAX_FRAME_BYTES + 1)]));
  await next();
  expect(directory.holders.size).toBe(0);
});
