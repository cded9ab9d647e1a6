import type { SlowConsumerJob, SlowConsumerOutcome, StalledEnding, Target } from "../job.ts";
import { ClosedLoop } from "./closed-loop.ts";
import { DeliveryLedger } from "./delivery-ledger.ts";
import { EventDataReader, EventDataWriter } from "./event-data.ts";
import { openAll } from "./open-subscribers.ts";
import { Publisher } from "./publisher.ts";
import type { Subscriber } from "./subscriber.ts";
import { rssKb } from "./usage.ts";

const CHANNEL = "bench";
const IN_FLIGHT = 16;
const PATIENCE_MS = 3_000;
const RSS_SAMPLE_MS = 20;

/**
 * Floods a channel twice. Everybody reads the first flood, after which the server's memory is as large as its work asks
 * for; during the second some subscribers do not read, and what memory grows by now is what the server keeps for them.
 */
export async function runSlowConsumer(target: Target, job: SlowConsumerJob): Promise<SlowConsumerOutcome> {
  // One connection, so that the server gets the events in order and every hole or swap is the server's.
  const publisher = await Publisher.open(target, 1);
  const writer = new EventDataWriter(job.payloadBytes);
  const reader = new EventDataReader();
  const records = new Map<Subscriber, ReadingRecord>();
  let loop: ClosedLoop | null = null;
  let ledger = new DeliveryLedger(job.healthy + job.stalled);

  const subscribers = await openAll(
    target,
    job.healthy + job.stalled,
    () => ({ channel: CHANNEL, access: "public", userId: "" }),
    {
      delivered(subscriber, bytes, at) {
        const record = records.get(subscriber);
        const number = reader.number(bytes, at);
        record?.read(number);
        if (record?.isStalled) return;
        ledger.deliver(number);
        loop?.proceed();
      },
    },
  );
  const flood = async () => {
    const publish = () => publisher.publish(CHANNEL, writer.write(ledger.publish(), 0));
    loop = new ClosedLoop(publisher, ledger, IN_FLIGHT, publish);
    const stopSampling = samplePeakRssKb(target.pid);
    loop.allow(job.events);
    await ledger.settle(PATIENCE_MS, job.events);
    return stopSampling();
  };

  for (const subscriber of subscribers) records.set(subscriber, new ReadingRecord(false));
  const rssBeforeKb = await flood();

  const stalled = subscribers.slice(0, job.stalled);
  const healthy = subscribers.slice(job.stalled);
  for (const subscriber of healthy) records.set(subscriber, new ReadingRecord(false));
  for (const subscriber of stalled) {
    records.set(subscriber, new ReadingRecord(true));
    subscriber.stopReading();
  }
  ledger = new DeliveryLedger(job.healthy);
  const rssPeakKb = await flood();
  const healthyLost = job.events * job.healthy - ledger.deliveries + ledger.duplicates;

  for (const subscriber of stalled) subscriber.readOn();
  return {
    kind: "slow consumer",
    floodedBytes: job.events * job.payloadBytes,
    rssBeforeKb,
    rssPeakKb,
    healthyLost: healthyLost + countHoles(healthy, records),
    httpErrors: publisher.httpErrors,
    firstError: publisher.firstError,
    stalled: await Promise.all(
      stalled.map((subscriber) => readToTheEnd(subscriber, records.get(subscriber))),
    ),
  };
}

/** What one subscriber read of a flood whose events are numbered from zero. */
class ReadingRecord {
  events = 0;
  sawHole = false;
  readonly isStalled: boolean;

  constructor(isStalled: boolean) {
    this.isStalled = isStalled;
  }

  read(number: number): void {
    if (number !== this.events) this.sawHole = true;
    this.events++;
  }
}

function countHoles(
  subscribers: readonly Subscriber[],
  records: ReadonlyMap<Subscriber, ReadingRecord>,
): number {
  return subscribers.filter((subscriber) => records.get(subscriber)?.sawHole).length;
}

/** Waits until the server has ended the connection or has nothing more to say. */
async function readToTheEnd(
  subscriber: Subscriber,
  record: ReadingRecord | undefined,
): Promise<StalledEnding> {
  let seen = -1;
  let seenAt = 0;
  while (!subscriber.hasEnded) {
    if (record && record.events !== seen) {
      seen = record.events;
      seenAt = performance.now();
    } else if (performance.now() - seenAt > PATIENCE_MS) break;
    await Bun.sleep(10);
  }
  return {
    eventsRead: record?.events ?? 0,
    sawHole: record?.sawHole ?? false,
    closeCode: subscriber.closeCode,
    errorFrame: subscriber.errorFrame,
    ended: subscriber.hasEnded,
  };
}

/** Watches a process grow; what it returns tells the most it has been. */
function samplePeakRssKb(pid: number | null): () => number | null {
  let peak = rssKb(pid);
  const sample = () => {
    const now = rssKb(pid);
    if (now !== null) peak = Math.max(peak ?? 0, now);
  };
  const timer = setInterval(sample, RSS_SAMPLE_MS);
  return () => {
    clearInterval(timer);
    sample();
    return peak;
  };
}
