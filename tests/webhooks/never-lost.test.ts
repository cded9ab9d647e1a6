import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { newDataDir } from "../support/apps.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { report, seconds } from "../support/report.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";
import { type ReceivedWebhook, WebhookReceiver } from "../support/webhook-receiver.ts";

/** 100,000 for the whole show; fewer keep the suite short. */
const EVENTS = Number(process.env.USHER_TEST_WEBHOOK_EVENTS ?? 5_000);
const CHANNELS = Math.min(500, Math.ceil(EVENTS / 25));
const KILLS = 3;
const IN_FLIGHT = 200;
const LONGEST_MS = 60_000 + EVENTS * 10;

setDefaultTimeout(LONGEST_MS * 2);

let dataDir: string;
let receiver: WebhookReceiver;
let server: TestServer;

beforeEach(async () => {
  dataDir = await newDataDir();
  receiver = new WebhookReceiver();
  server = await start();
});

afterEach(async () => {
  server.signal("SIGKILL");
  await server.exited;
  await receiver.stop();
  rmSync(dataDir, { recursive: true });
});

test(`${EVENTS} owed events survive a failing receiver and ${KILLS} kills of the server, each channel's in order`, async () => {
  const ledger = new Ledger();
  const startedAtMs = Date.now();
  flaky(receiver, ledger);
  const owed = new Set<string>();
  let next = 0;
  let unwritten = 0;
  for (let kill = 0; kill <= KILLS; kill++) {
    const producer = await Producer.open(server);
    const end = next + Math.ceil(EVENTS / (KILLS + 1));
    await producer.produce(next, end - next);
    for (; next < end; next++) owed.add(keyOf(next));
    if (kill === 1) receiver = await bounce(receiver, ledger);
    if (kill === KILLS) break;
    // Once more, without waiting for the disk: what is owed of it is what the disk says after the end of the process.
    producer.send(next, IN_FLIGHT);
    await killServer();
    const written = keysOnDisk().filter((key) => numberOf(key) >= next);
    unwritten += IN_FLIGHT - written.length;
    for (const key of written) owed.add(key);
    next += IN_FLIGHT;
    server = await start();
  }

  const missing = () => [...owed].filter((key) => !ledger.taken.has(key));
  const isDone = () => ledger.taken.size >= owed.size && missing().length === 0;
  await receiver.until(isDone, LONGEST_MS, () => `${missing().length} are missing`);
  expect(ledger.outOfOrder).toEqual([]);
  report(
    `webhooks: ${owed.size} events owed on ${CHANNELS} channels, all came; ${ledger.requests} requests, ` +
      `${ledger.refused} refused, ${ledger.repeated} events came more than once; of ${KILLS * IN_FLIGHT} sent in the ` +
      `moment before a kill ${unwritten} were not yet owed; ${seconds(Date.now() - startedAtMs)}`,
  );
});

/** What the receiver has seen. */
class Ledger {
  readonly taken = new Set<string>();
  readonly outOfOrder: string[] = [];
  readonly #lastOf = new Map<string, number>();
  requests = 0;
  refused = 0;
  repeated = 0;

  take({ events }: ReceivedWebhook): void {
    for (const { name, channel, event } of events) {
      if (name !== "client_event") continue;
      const key = `${channel} ${String(event)}`;
      if (this.taken.has(key)) {
        this.repeated++;
        continue;
      }
      this.taken.add(key);
      const number = numberOf(key);
      if (number < (this.#lastOf.get(channel) ?? -1)) this.outOfOrder.push(key);
      this.#lastOf.set(channel, number);
    }
  }
}

/** Refuses a few, keeps a few waiting for longer than the server does, and takes the rest. */
function flaky(target: WebhookReceiver, ledger: Ledger): void {
  target.answer = async (webhook) => {
    const chance = Math.random();
    ledger.requests++;
    if (chance < 0.03) {
      ledger.refused++;
      return new Response("not now", { status: chance < 0.015 ? 503 : 500 });
    }
    ledger.take(webhook);
    if (chance > 0.9998) await Bun.sleep(4_500);
    return new Response("taken");
  };
}

/** The receiver dies, and another takes its place a little later. */
async function bounce(target: WebhookReceiver, ledger: Ledger): Promise<WebhookReceiver> {
  const port = Number(new URL(target.url).port);
  await target.stop();
  await Bun.sleep(1_500);
  const next = new WebhookReceiver(port);
  flaky(next, ledger);
  return next;
}

function start(): Promise<TestServer> {
  return startServer({
    dataDir,
    settings: { client_events: true, client_event_rate: 100_000 },
    env: { USHER_WEBHOOK_URL: receiver.url, USHER_WEBHOOK_ALLOW_PRIVATE: "1" },
  });
}

/** A client that sends client events on all channels in turn; the number of an event is in its name. */
class Producer {
  readonly #socket: TestSocket;
  #sent = 0;

  private constructor(socket: TestSocket) {
    this.#socket = socket;
  }

  static async open({ host, port }: TestServer): Promise<Producer> {
    const socket = new TestSocket(`ws://${host}:${port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
    await socket.established();
    for (let channel = 0; channel < CHANNELS; channel++) await socket.join(`private-${channel}`);
    return new Producer(socket);
  }

  /** Resolves once all are on disk. */
  async produce(from: number, count: number): Promise<void> {
    for (let sent = 0; sent < count; sent += 500) {
      this.send(from + sent, Math.min(500, count - sent));
      await eventually(
        () => metricsOf(server),
        (metrics) =>
          sumOf(metrics, "usher_client_events_total") >= this.#sent &&
          sumOf(metrics, "usher_webhook_queued_events") === 0,
      );
    }
  }

  send(from: number, count: number): void {
    for (let number = from; number < from + count; number++) {
      this.#socket.send({ event: `client-${number}`, channel: channelOf(number), data: { number } });
    }
    this.#sent += count;
  }
}

async function killServer(): Promise<void> {
  await Bun.sleep(Math.random() * 40);
  server.signal("SIGKILL");
  await server.exited;
}

function keysOnDisk(): string[] {
  const database = new Database(join(dataDir, "usher.db"));
  try {
    const rows = database.query("select channel, body from webhook_events where name = 'client_event'").all();
    return (rows as { channel: string; body: string }[]).map(
      ({ channel, body }) => `${channel} ${(JSON.parse(body) as { event: string }).event}`,
    );
  } finally {
    database.close();
  }
}

function keyOf(number: number): string {
  return `${channelOf(number)} client-${number}`;
}

function channelOf(number: number): string {
  return `private-${number % CHANNELS}`;
}

function numberOf(key: string): number {
  return Number(key.split("client-")[1]);
}
