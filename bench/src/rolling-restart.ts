// Three nodes are stopped and started anew, one after the other, under clients and steady publishing:
// `node scripts/bun.mjs bench/src/rolling-restart.ts [--clients 10000] [--drain 10]`.
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { Api } from "../../tests/support/api.ts";
import { startRedis } from "../../tests/support/redis.ts";
import { startServer, TEST_APP, type TestServer } from "../../tests/support/server.ts";
import { channelAuth } from "../../tests/support/sign.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10000" },
    drain: { type: "string", default: "10" },
  },
});
const CLIENTS = Number(values.clients);
const CHANNELS = 1_000;
const EVENTS_PER_SECOND = 50;
const NODES = 3;
/** What pusher-js waits before it tries again where nobody answers. */
const RETRY_MS = 1_000;

const redis = await startRedis();
const shared = {
  USHER_REDIS_URL: redis.url,
  USHER_MASTER_KEY: randomBytes(32).toString("hex"),
  USHER_DRAIN_SECONDS: values.drain,
};
const settings = { connection_quota: null };
const nodes: (TestServer | undefined)[] = await Promise.all(
  Array.from({ length: NODES }, () => startServer({ settings, env: shared })),
);
/** What a balancer knows: who is ready. It looks every half second, as the recipes have it. */
let ready: readonly TestServer[] = nodes.filter((node) => node !== undefined);
const balancer = setInterval(async () => {
  const checked = await Promise.all(nodes.map(async (node) => ((await isReady(node)) ? node : undefined)));
  ready = checked.filter((node) => node !== undefined);
}, 500);

/** Authorizations in each second since the start. */
const authorized: number[] = [];
const lostForMs: number[] = [];
const startedAtMs = performance.now();
let events = 0;
let published = 0;
let publishErrors = 0;

const clients = Array.from({ length: CLIENTS }, (_, index) => new Client(index));
for (let index = 0; index < CLIENTS; index += 200) {
  await Promise.all(clients.slice(index, index + 200).map((client) => client.connect()));
}
report("connected");
const publishing = setInterval(() => void publishOne(), 1000 / EVENTS_PER_SECOND);
await Bun.sleep(5_000);
for (let index = 0; index < NODES; index++) {
  const node = nodes[index];
  const beganAtMs = performance.now();
  nodes[index] = undefined;
  await node?.stop();
  nodes[index] = await startServer({ settings, env: shared });
  report(`node ${index + 1} replaced in ${((performance.now() - beganAtMs) / 1000).toFixed(1)} s`);
  await Bun.sleep(3_000);
}
await Bun.sleep(5_000);
clearInterval(publishing);
clearInterval(balancer);
report("end");
const times = lostForMs.toSorted((a, b) => a - b);
const at = (share: number) =>
  (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(0);
process.stdout.write(
  `${times.length} connections lost and back: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms, ` +
    `${times.filter((ms) => ms > 5_000).length} for longer than 5 s, ${clients.filter(({ isLive }) => !isLive).length} still away\n` +
    `${published} events published, ${publishErrors} refused, ${events} deliveries\n` +
    `authorizations by second: ${Array.from(authorized, (count) => count ?? 0).join(" ")}\n`,
);
process.exit(0);

/** A page with one private channel: it signs for itself, and comes back as pusher-js does. */
class Client {
  isLive = false;
  #lostAtMs: number | undefined;
  readonly #channel: string;
  #connected = Promise.withResolvers<void>();

  constructor(index: number) {
    this.#channel = `private-${index % CHANNELS}`;
  }

  connect(): Promise<void> {
    const node = ready[Math.floor(Math.random() * ready.length)];
    if (!node) setTimeout(() => this.connect(), RETRY_MS);
    else this.#open(`ws://127.0.0.1:${node.port}/app/${TEST_APP.key}?protocol=7&client=js&version=8.6.0`);
    return this.#connected.promise;
  }

  #open(url: string): void {
    const socket = new WebSocket(url);
    socket.onmessage = ({ data }) => this.#read(socket, String(data));
    socket.onclose = ({ code }) => this.#closed(code);
  }

  #read(socket: WebSocket, text: string): void {
    if (text.startsWith('{"event":"e"')) events++;
    else if (text.includes("connection_established")) {
      const second = Math.floor((performance.now() - startedAtMs) / 1000);
      authorized[second] = (authorized[second] ?? 0) + 1;
      const { socket_id: socketId } = JSON.parse(JSON.parse(text).data);
      const auth = channelAuth(TEST_APP, socketId, this.#channel);
      socket.send(JSON.stringify({ event: "pusher:subscribe", data: { channel: this.#channel, auth } }));
    } else if (text.includes("subscription_succeeded")) {
      this.isLive = true;
      if (this.#lostAtMs !== undefined) lostForMs.push(performance.now() - this.#lostAtMs);
      this.#lostAtMs = undefined;
      this.#connected.resolve();
    }
  }

  #closed(code: number): void {
    if (this.isLive) this.#lostAtMs = performance.now();
    this.isLive = false;
    const isInvited = code >= 4200 && code < 4300;
    setTimeout(() => this.connect(), isInvited ? 0 : RETRY_MS);
  }
}

async function publishOne(): Promise<void> {
  const node = ready[published++ % Math.max(1, ready.length)];
  const channel = `private-${published % CHANNELS}`;
  try {
    const api = new Api(`http://127.0.0.1:${node?.port}`, TEST_APP);
    const { status } = await api.trigger({ name: "e", data: String(published), channels: [channel] });
    if (status !== 200) publishErrors++;
  } catch {
    publishErrors++;
  }
}

async function isReady(node: TestServer | undefined): Promise<boolean> {
  if (!node) return false;
  try {
    return (await fetch(`http://127.0.0.1:${node.opsPort}/health/ready`)).ok;
  } catch {
    return false;
  }
}

function report(what: string): void {
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const live = clients.filter(({ isLive }) => isLive).length;
  process.stdout.write(`${seconds.padStart(6)} s: ${what}; ${live} of ${CLIENTS} on their channels\n`);
}
