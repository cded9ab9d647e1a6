// Events over a cluster of three nodes and one Redis, at one rate after the other:
// `node scripts/bun.mjs bench/src/cluster.ts [--nodes 3] [--rates 1000,2000,5000] [--seconds 10]`.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startRedis } from "../../tests/support/redis.ts";
import type { Target } from "./job.ts";
import { DeliveryLedger } from "./load/delivery-ledger.ts";
import { EventDataReader, EventDataWriter } from "./load/event-data.ts";
import { openAll } from "./load/open-subscribers.ts";
import { Publisher } from "./load/publisher.ts";
import { startOurs } from "./servers.ts";

const CHANNELS = 100;
/** On each channel, together: those of an event. */
const SUBSCRIBERS = 9;
const CONNECTIONS_PER_PUBLISHER = 32;
const PAYLOAD_BYTES = 100;
const WARM_UP_SECONDS = 3;
const PATIENCE_MS = 5_000;

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "3" },
    rates: { type: "string", default: "1000,2000,3000,4000,5000,6000,8000" },
    seconds: { type: "string", default: "10" },
  },
});
const nodeCount = Number(values.nodes);
const redis = await startRedis();
const environment = {
  USHER_REDIS_URL: redis.url,
  USHER_MASTER_KEY: randomBytes(32).toString("hex"),
};
const nodes = await Promise.all(Array.from({ length: nodeCount }, () => startOurs(environment)));
const targets = nodes.map(({ target }) => target);
const pids = new Map([
  ...targets.map(({ pid }, index) => [`node ${index + 1}`, pid ?? 0] as const),
  ["redis", redis.process.pid ?? 0] as const,
]);

const ledger = new DeliveryLedger(SUBSCRIBERS);
const publishers = await Promise.all(
  targets.map((target) => Publisher.open(target, CONNECTIONS_PER_PUBLISHER)),
);
await Promise.all(targets.map(subscribeOn));
const writer = new EventDataWriter(PAYLOAD_BYTES);
let turn = 0;

process.stdout.write(
  `${nodeCount} nodes, ${CHANNELS * SUBSCRIBERS} subscribers, ${SUBSCRIBERS} deliveries an event, ${PAYLOAD_BYTES} bytes\n` +
    "asked/s  done/s  deliveries/s  p50 ms  p99 ms  max ms  lost  late  busy (cores)\n",
);
for (const rate of values.rates.split(",").map(Number)) {
  await publishAtRate(rate, WARM_UP_SECONDS);
  await ledger.settle(PATIENCE_MS);
  ledger.takeLatency();
  const before = { events: ledger.completed, deliveries: ledger.deliveries, lost: lost(), cpu: cpuSeconds() };
  const startedAtMs = performance.now();
  const late = await publishAtRate(rate, Number(values.seconds));
  const seconds = (performance.now() - startedAtMs) / 1000;
  const cpu = cpuSeconds();
  const events = ledger.completed - before.events;
  const deliveries = ledger.deliveries - before.deliveries;
  await ledger.settle(PATIENCE_MS);
  const { p50Ms, p99Ms, maxMs } = ledger.takeLatency();
  const busy = [...cpu].map(
    ([name, spent]) => `${name} ${((spent - (before.cpu.get(name) ?? 0)) / seconds).toFixed(2)}`,
  );
  const columns = [
    String(rate).padStart(7),
    (events / seconds).toFixed(0).padStart(7),
    (deliveries / seconds).toFixed(0).padStart(13),
    ...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1).padStart(7)),
    String(lost() - before.lost).padStart(5),
    String(late).padStart(5),
    ` ${busy.join(", ")}`,
  ];
  process.stdout.write(`${columns.join(" ")}\n`);
}
const httpErrors = publishers.reduce((sum, publisher) => sum + publisher.httpErrors, 0);
process.stdout.write(`HTTP errors: ${httpErrors}\n`);
await Promise.all(nodes.map((node) => node.stop()));
await redis.remove();
process.exit(0);

/** Seats an equal share of each channel's subscribers on one node. */
async function subscribeOn(target: Target): Promise<void> {
  const reader = new EventDataReader();
  const seatOf = (index: number) =>
    ({ channel: channelOf(index % CHANNELS), access: "public", userId: "" }) as const;
  await openAll(target, (CHANNELS * SUBSCRIBERS) / nodeCount, seatOf, {
    delivered(_, bytes, at) {
      const isLast = ledger.deliver(reader.number(bytes, at));
      if (isLast) ledger.recordLatency(performance.now() - reader.timeUs(bytes, at) / 1000);
    },
  });
}

/** Each event by the next node. Returns how many were left out because every connection of it was busy. */
async function publishAtRate(eventsPerSecond: number, seconds: number): Promise<number> {
  const startedAtMs = performance.now();
  let late = 0;
  let due = 0;
  for (;;) {
    const passedMs = performance.now() - startedAtMs;
    if (passedMs >= seconds * 1000) return late;
    for (; due < (eventsPerSecond * passedMs) / 1000; due++) {
      const publisher = publishers[turn++ % publishers.length];
      if (!publisher?.isIdle) late++;
      else {
        const number = ledger.publish();
        const data = writer.write(number, Math.round(performance.now() * 1000));
        publisher.publish(channelOf(number % CHANNELS), data);
      }
    }
    await Bun.sleep(1);
  }
}

function channelOf(number: number): string {
  return `bench-${number}`;
}

function lost(): number {
  return ledger.owed + ledger.duplicates;
}

/** User and system time of each process, from Linux, which counts in hundredths of a second. */
function cpuSeconds(): Map<string, number> {
  return new Map(
    [...pids].map(([name, pid]) => {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [name, (Number(fields[11]) + Number(fields[12])) / 100];
    }),
  );
}
