import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { report } from "../support/report.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";
import { badBytes, oddText } from "./bad-frames.ts";
import { badHttp, badUpgrade, signedOddity } from "./bad-requests.ts";
import { Random } from "./random.ts";
import { frame, WireClient } from "./wire-client.ts";

setDefaultTimeout(180_000);

// Deep JSON and large frames make the runtime's heap grow by some 100 MB, once; ten times as many make it no larger.
const MOST_GROWTH_BYTES = 192 * 1024 * 1024;
const CHANNEL = "private-witness";

/** More of everything, for a search that lasts: `USHER_TEST_ROUNDS=100`. */
const rounds = Number(process.env.USHER_TEST_ROUNDS ?? 10);
const seed = Number(process.env.USHER_TEST_SEED ?? Date.now() % 1_000_000);

let server: TestServer;
let api: Api;
/** Connected all along, it must get its own events, all of them, and nothing else. */
let witness: TestSocket;
let sent = 0;
let telling: Promise<unknown> = Promise.resolve();
let rssBefore = 0;

beforeAll(async () => {
  report(`fuzz: USHER_TEST_SEED=${seed}`);
  server = await startServer({
    settings: {
      client_events: true,
      subscription_counting: true,
      watchlist_events: true,
      client_event_rate: 1_000,
    },
  });
  api = new Api(`http://${server.host}:${server.port}`, TEST_APP);
  witness = await connect();
  await witness.join(CHANNEL);
  await witness.nextEvent("pusher_internal:subscription_count");
  await witness.signIn({ id: "witness" });
  rssBefore = sumOf(await metricsOf(server), "process_resident_memory_bytes");
});

afterAll(() => server.stop());

describe("a server that is sent nonsense", () => {
  test("keeps every connection whose frames are text, whatever the text is", async () => {
    const clients = 50 * rounds;
    await inParallel(clients, async (random) => {
      const client = await greeted();
      for (let texts = 0; texts < 40; texts++) client.write(oddText(random));
      client.say('{"event":"pusher:ping","data":{}}');
      expect([await client.hears('"pusher:pong"'), client.hasEnded]).toEqual([true, false]);
      client.reset();
      await client.ended;
      await tell();
    });
    report(`fuzz: ${40 * clients} odd texts on ${clients} connections`);
  });

  test("outlives frames that break the standard", async () => {
    const clients = 1_000 * rounds;
    await inParallel(clients, async (random, index) => {
      const client = await greeted();
      client.write(frame(0x81, Buffer.from('{"event":"pusher:subscribe","data":{"channel":"fuzz"}}')));
      for (let frames = 1 + random.below(8); frames > 0; frames--) client.write(badBytes(random));
      await partWays(client, random);
      if (index % 20 === 0) await tell();
    });
    report(`fuzz: ${clients} connections with bad frames`);
  });

  test("outlives upgrades and requests that are wrong, and never takes the blame for them", async () => {
    const requests = 1_000 * rounds;
    await inParallel(requests, async (random, index) => {
      const client = new WireClient(server);
      const bytes = random.chance(0.5) ? badUpgrade(random, TEST_APP) : badHttp(random, TEST_APP);
      // Some come slowly and some never come whole.
      const cut = random.chance(0.3) ? random.below(bytes.length) : bytes.length;
      client.write(bytes.slice(0, cut));
      if (cut < bytes.length && random.chance(0.5)) {
        await Bun.sleep(random.below(30));
        client.write(bytes.slice(cut));
      }
      await partWays(client, random);
      expect(client.received.match(/HTTP\/1\.1 50[0-46-9].*/g) ?? []).toEqual([]);
      if (index % 20 === 0) await tell();
    });
    report(`fuzz: ${requests} bad upgrades and requests`);
  });

  test("answers signed requests for oddities with success or a refusal, never with a fault of its own", async () => {
    const requests = 1_000 * rounds;
    const statuses = new Map<number, number>();
    await inParallel(requests, async (random, index) => {
      const { status, text } = await signedOddity(random, api);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(isHonest(status) ? "honest" : `${status} ${text.slice(0, 200)}`).toBe("honest");
      if (index % 20 === 0) await tell();
    });
    report(`fuzz: ${requests} signed oddities: ${[...statuses].map((entry) => entry.join(" x")).join(", ")}`);
  });

  test("has served the witness all along: each of its events, in order, and nothing of what the others did", async () => {
    const frames = await witness.framesBeforePong();
    expect(frames.map(({ event, channel, data }) => [event, channel, data])).toEqual(
      Array.from({ length: sent }, (_, index) => ["told", CHANNEL, String(index)]),
    );
    report(`fuzz: the witness heard ${frames.length} events`);
  });

  test("serves a fresh client", async () => {
    const fresh = await connect();
    await fresh.join("private-fresh");
    await fresh.nextEvent("pusher_internal:subscription_count");
    await api.trigger({ name: "e", channels: ["private-fresh"], data: "still here" });
    expect(await fresh.next()).toEqual({ event: "e", channel: "private-fresh", data: "still here" });
    await fresh.close();
  });

  test("has no connection left but the witness, no memory that grows with nonsense, and no fault in its log", async () => {
    const metrics = await eventually(
      () => metricsOf(server),
      (now) => sumOf(now, "usher_connections") === 1 && sumOf(now, "usher_http_requests_in_flight") === 0,
    );
    const growth = sumOf(metrics, "process_resident_memory_bytes") - rssBefore;
    report(`fuzz: resident memory grew by ${(growth / 1024 / 1024).toFixed(1)} MB`);
    expect(growth).toBeLessThan(MOST_GROWTH_BYTES);
    expect(sumOf(metrics, "usher_subscriptions")).toBe(1);
    const faults = server
      .output()
      .split("\n")
      .filter((line) => /"level":[56]0|"code":"internal"|panic| {4}at /.test(line));
    expect(faults).toEqual([]);
  });
});

function isHonest(status: number): boolean {
  return status === 200 || (status >= 400 && status < 500);
}

/** Runs the task so many times, fifty at once, each with numbers of its own. */
async function inParallel(
  times: number,
  task: (random: Random, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < times) {
      const index = next++;
      await task(Random.forTask(seed, index), index);
    }
  };
  await Promise.all(Array.from({ length: 50 }, work));
}

/** The next event for the witness; one request at a time, since only those keep their order. */
function tell(): Promise<unknown> {
  telling = telling.then(() => api.trigger({ name: "told", channels: [CHANNEL], data: String(sent++) }));
  return telling;
}

async function connect(): Promise<TestSocket> {
  const socket = new TestSocket(`ws://${server.host}:${server.port}/app/${server.key}?protocol=7`, TEST_APP);
  await socket.established();
  return socket;
}

async function greeted(): Promise<WireClient> {
  const client = new WireClient(server);
  client.upgrade(`/app/${server.key}?protocol=7`);
  expect(await client.hears("connection_established")).toBe(true);
  return client;
}

/** Waits a moment for whatever the server has to say, and goes. */
async function partWays(client: WireClient, random: Random): Promise<void> {
  await Promise.race([client.ended, Bun.sleep(random.below(40))]);
  if (random.chance(0.3)) client.hangUp();
  else client.reset();
  await Promise.race([client.ended, Bun.sleep(1_000)]);
  client.reset();
}
