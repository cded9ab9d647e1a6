import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  hasPostgres,
  sharedPostgres,
  type TestPostgres,
  type TestPostgresDatabase,
} from "../support/postgres.ts";
import { report, seconds } from "../support/report.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { type ReceivedWebhook, WebhookReceiver } from "../support/webhook-receiver.ts";

/** What each server's client sends, on so many channels, so far ahead of what has been taken. */
const EVENTS = 3_000;
const CHANNELS = 20;
const AHEAD = 300;
const LONGEST_MS = 120_000;

setDefaultTimeout(2 * LONGEST_MS);

describe.skipIf(!hasPostgres)("three servers on one PostgreSQL", () => {
  let postgres: TestPostgres;
  let database: TestPostgresDatabase;
  let receiver: WebhookReceiver;
  let servers: TestServer[];

  beforeEach(async () => {
    postgres = await sharedPostgres();
    database = await postgres.createDatabase();
    receiver = new WebhookReceiver();
    const env = {
      USHER_DATABASE_URL: database.url,
      USHER_MASTER_KEY: randomBytes(32).toString("hex"),
      USHER_WEBHOOK_URL: receiver.url,
      USHER_WEBHOOK_ALLOW_PRIVATE: "1",
    };
    const settings = { client_events: true, client_event_rate: 100_000 };
    servers = [];
    for (let number = 0; number < 3; number++) servers.push(await startServer({ env, settings }));
  });

  afterEach(async () => {
    for (const server of servers) server.signal("SIGKILL");
    await Promise.all(servers.map(({ exited }) => exited));
    await receiver.stop();
    await database.drop();
  });

  /** Kills the one that sends at this moment. */
  async function killSender(): Promise<TestServer> {
    const [row] = await postgres.run(
      database.name,
      "select pid from webhook_senders join webhook_leases on sender_id = id",
    );
    const sender = servers.find(({ pid }) => pid === row?.pid);
    if (!sender) throw new Error("nobody sends");
    sender.signal("SIGKILL");
    await sender.exited;
    return sender;
  }

  test("lose nothing and keep each channel's order when the one that sends is killed under load, and the next", async () => {
    const startedAtMs = Date.now();
    const ledger = new Ledger();
    receiver.answer = (webhook) => {
      ledger.take(webhook);
      return new Response("taken");
    };
    const producers = await Promise.all(servers.map((server, index) => Producer.open(server, index, ledger)));
    const pump = () => {
      for (const producer of producers) producer.pump();
    };
    ledger.onTaken = pump;
    pump();
    const killedAtMs: number[] = [];
    for (const taken of [500, 1_500]) {
      await receiver.until(() => ledger.taken.size >= ledger.takenAtKill + taken, LONGEST_MS);
      const killed = await killSender();
      killedAtMs.push(Date.now());
      producers.find(({ server }) => server === killed)?.stop();
      ledger.takenAtKill = ledger.taken.size;
    }
    const alive = producers.filter(({ isStopped }) => !isStopped);
    expect(alive).toHaveLength(1);
    await receiver.until(() => alive.every(({ isDone }) => isDone), LONGEST_MS);
    // What servers owed when they were killed is what the database says.
    const rows = await postgres.run(
      database.name,
      "select body from webhook_events where name = 'client_event'",
    );
    const owed = rows.map(({ body }) => keyOf(JSON.parse(String(body))));
    const missing = () => owed.filter((key) => !ledger.taken.has(key));
    await receiver.until(
      () => missing().length === 0,
      LONGEST_MS,
      () => missing().join(),
    );
    expect(new Set(owed).size).toBe(owed.length);
    expect(ledger.outOfOrder).toEqual([]);
    // Only what the killed one had sent and could not note any more comes again.
    const again = [...ledger.repeated].map(([key, times]) => ({
      times,
      firstAtMs: ledger.taken.get(key) ?? 0,
    }));
    expect(again.filter(({ times }) => times > 2)).toEqual([]);
    const isOfKill = (atMs: number) =>
      killedAtMs.some((killed) => atMs > killed - 5_000 && atMs <= killed + 500);
    expect(again.filter(({ firstAtMs }) => !isOfKill(firstAtMs))).toEqual([]);
    report(
      `webhooks: ${owed.length} events owed by three servers on one PostgreSQL, two of them killed while they sent: all ` +
        `came, ${again.length} of them twice; longest pause ${seconds(ledger.longestPauseMs)}; ` +
        `${seconds(Date.now() - startedAtMs)}`,
    );
  });
});

/** What the receiver has seen. */
class Ledger {
  /** When each event came first. */
  readonly taken = new Map<string, number>();
  /** How often those came that came again. */
  readonly repeated = new Map<string, number>();
  readonly outOfOrder: string[] = [];
  readonly #lastOf = new Map<string, number>();
  onTaken = (): void => {};
  takenAtKill = 0;
  longestPauseMs = 0;
  #lastAtMs = Date.now();

  take({ events }: ReceivedWebhook): void {
    const nowMs = Date.now();
    for (const event of events) {
      if (event.name !== "client_event") continue;
      const key = keyOf(event);
      if (this.taken.has(key)) {
        this.repeated.set(key, (this.repeated.get(key) ?? 1) + 1);
        continue;
      }
      this.taken.set(key, nowMs);
      const number = Number(String(event.event).slice("client-".length));
      if (number < (this.#lastOf.get(event.channel) ?? -1)) this.outOfOrder.push(key);
      this.#lastOf.set(event.channel, number);
    }
    this.longestPauseMs = Math.max(this.longestPauseMs, nowMs - this.#lastAtMs);
    this.#lastAtMs = nowMs;
    this.onTaken();
  }
}

/** A client that sends client events on its own channels in turn, as far ahead as it may. */
class Producer {
  readonly server: TestServer;
  readonly #index: number;
  readonly #socket: TestSocket;
  readonly #ledger: Ledger;
  #sent = 0;
  #confirmed = 0;
  isStopped = false;

  private constructor(server: TestServer, index: number, socket: TestSocket, ledger: Ledger) {
    this.server = server;
    this.#index = index;
    this.#socket = socket;
    this.#ledger = ledger;
  }

  static async open(server: TestServer, index: number, ledger: Ledger): Promise<Producer> {
    const { host, port } = server;
    const socket = new TestSocket(`ws://${host}:${port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
    await socket.established();
    for (let channel = 0; channel < CHANNELS; channel++) await socket.join(channelOf(index, channel));
    return new Producer(server, index, socket, ledger);
  }

  get isDone(): boolean {
    return this.#confirmed === EVENTS;
  }

  pump(): void {
    while (this.#ledger.taken.has(this.#key(this.#confirmed))) this.#confirmed++;
    while (!this.isStopped && this.#sent < Math.min(EVENTS, this.#confirmed + AHEAD)) {
      const number = this.#sent++;
      const channel = channelOf(this.#index, number % CHANNELS);
      this.#socket.send({ event: `client-${number}`, channel, data: {} });
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  #key(number: number): string {
    return keyOf({ channel: channelOf(this.#index, number % CHANNELS), event: `client-${number}` });
  }
}

function channelOf(server: number, channel: number): string {
  return `private-${server}-${channel}`;
}

function keyOf({ channel, event }: { readonly channel: string; readonly event?: unknown }): string {
  return `${channel} ${String(event)}`;
}
