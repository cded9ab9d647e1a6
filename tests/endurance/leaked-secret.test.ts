import { afterAll, beforeAll, expect, test } from "bun:test";
import { SYSTEM } from "../../packages/server/src/actor.ts";
import { Api } from "../support/api.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { report, seconds } from "../support/report.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { type AppCredentials, channelAuth } from "../support/sign.ts";
import { eventually, within } from "../support/time-limit.ts";
import { withApps } from "../support/with-apps.ts";
import { WireClient } from "./wire-client.ts";

const CONNECTIONS = 2_000;
const AT_ONCE = 100;
const CHANNEL = "private-drill";
const EVENT_INTERVAL_MS = 50;
const PATIENCE_MS = 60_000;

const LEAKED: AppCredentials = TEST_APP;
const GOOD: AppCredentials = { ...TEST_APP, secret: "the secret that nobody has seen" };

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.stop());

test("a leaked secret under 2,000 connections: what it signed is over at once, and everybody else stays", async () => {
  await withApps(server.dataDir, async (apps) => {
    await apps.rotateSecret(LEAKED.id, LEAKED.key, { secret: GOOD.secret }, SYSTEM);
    await apps.activateSecret(LEAKED.id, LEAKED.key, { retireForSeconds: 3_600 }, SYSTEM);
  });
  await eventually(
    async () => (await new Api(`http://${server.host}:${server.port}`, GOOD).get("/channels")).status,
    (status) => status === 200,
  );
  const half = CONNECTIONS / 2;
  const good = await joinMany(half, GOOD);
  const leaked = await joinMany(half, LEAKED);
  const events = new Stream();
  events.start();
  await Promise.all([...good, ...leaked].map((client) => client.hears(textOf(1))));

  const gone: number[] = [];
  const reauthorized: number[] = [];
  const back = leaked.map(async (client) => {
    await client.ended;
    gone.push(performance.now());
    // As stock clients do: at once, and with a new signature, which is good now.
    const again = await joined(GOOD);
    reauthorized.push(performance.now());
    return again;
  });
  await withApps(server.dataDir, (apps) =>
    apps.revokeSecrets(
      LEAKED.id,
      LEAKED.key,
      { which: "retiring", endConnections: true, replacement: "unused" },
      SYSTEM,
    ),
  );
  const revokedAtMs = performance.now();
  const returned = await within(PATIENCE_MS, Promise.all(back), () => `${reauthorized.length} are back`);
  const last = await events.stop();
  await within(
    PATIENCE_MS,
    Promise.all([...good, ...returned].map((client) => client.hears(textOf(last)))),
    () => "not everybody hears the last event",
  );

  // All of them at one moment: nobody hears an event that another one does not.
  const lastHeard = new Set(leaked.map((client) => Math.max(...heardBy(client))));
  expect(lastHeard.size).toBe(1);
  const [lastToLeaked = 0] = lastHeard;
  const all = Array.from({ length: last }, (_, index) => index + 1);
  for (const client of good) {
    expect(client.hasEnded).toBe(false);
    expect(heardBy(client)).toEqual(all);
  }
  expect(leaked.every(({ hasEnded }) => hasEnded)).toBe(true);
  expect(returned.every(({ hasEnded }) => !hasEnded)).toBe(true);

  const metrics = await metricsOf(server);
  expect(sumOf(metrics, "usher_grants_ended_total")).toBe(half);
  expect(sumOf(metrics, "usher_connections")).toBe(CONNECTIONS);
  expect(sumOf(metrics, "usher_subscriptions")).toBe(CONNECTIONS);

  const burglar = await connected();
  subscribe(burglar, LEAKED);
  expect(await burglar.hears("Invalid signature")).toBe(true);

  const heardUntilMs = Math.max(0, events.sentAtMs(lastToLeaked) - revokedAtMs);
  report(
    `leaked secret, ${half} of ${CONNECTIONS} connections: the last event that reached what it signed was sent ${seconds(heardUntilMs)} after the revocation; the first of its connections was gone after ${seconds(Math.min(...gone) - revokedAtMs)}, the last after ${seconds(Math.max(...gone) - revokedAtMs)}; all were back after ${seconds(Math.max(...reauthorized) - revokedAtMs)}, at most ${mostInOneSecond(reauthorized)} of them in one second`,
  );
  for (const client of [...good, ...returned, burglar]) client.hangUp();
}, 180_000);

async function joinMany(count: number, app: AppCredentials): Promise<WireClient[]> {
  const clients: WireClient[] = [];
  while (clients.length < count) {
    const size = Math.min(AT_ONCE, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: size }, () => joined(app)))));
  }
  return clients;
}

async function joined(app: AppCredentials): Promise<WireClient> {
  const client = await connected();
  subscribe(client, app);
  if (await client.hears("subscription_succeeded")) return client;
  throw new Error(`not subscribed: ${client.received.slice(-500)}`);
}

async function connected(): Promise<WireClient> {
  const client = new WireClient(server);
  client.upgrade(`/app/${TEST_APP.key}?protocol=7`);
  if (await client.hears("activity_timeout")) return client;
  throw new Error(`not connected: ${client.received.slice(-500)}`);
}

function subscribe(client: WireClient, app: AppCredentials): void {
  const [, socketId = ""] = /socket_id\\":\\"([\d.]+)/.exec(client.received) ?? [];
  const data = { channel: CHANNEL, auth: channelAuth(app, socketId, CHANNEL) };
  client.say(JSON.stringify({ event: "pusher:subscribe", data }));
}

/** Numbered events, one after the other. */
class Stream {
  readonly #api = new Api(`http://${server.host}:${server.port}`, GOOD);
  readonly #sentAtMs: number[] = [];
  #isStopped = false;
  #ended: Promise<void> = Promise.resolve();

  start(): void {
    this.#ended = this.#run();
  }

  /** Resolves with the number of a last event, which is sent from here on. */
  async stop(): Promise<number> {
    this.#isStopped = true;
    await this.#ended;
    await this.#send();
    return this.#sentAtMs.length;
  }

  sentAtMs(number: number): number {
    return this.#sentAtMs[number - 1] ?? Number.NaN;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#send();
      await Bun.sleep(EVENT_INTERVAL_MS);
    }
  }

  async #send(): Promise<void> {
    this.#sentAtMs.push(performance.now());
    const data = `n${this.#sentAtMs.length};`;
    await this.#api.trigger({ name: "drill", data, channels: [CHANNEL] });
  }
}

function textOf(number: number): string {
  return `"n${number};"`;
}

/** The numbers of the events that a client received, in order. */
function heardBy({ received }: WireClient): number[] {
  return Array.from(received.matchAll(/"n(\d+);"/g), ([, number]) => Number(number));
}

/** @param times in milliseconds. */
function mostInOneSecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((start, index) => sorted.findLastIndex((end) => end < start + 1_000) - index + 1),
  );
}
