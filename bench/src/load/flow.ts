import type { FlowJob, FlowOutcome, Target } from "../job.ts";
import { ClosedLoop } from "./closed-loop.ts";
import { DeliveryLedger } from "./delivery-ledger.ts";
import { EventDataReader, EventDataWriter } from "./event-data.ts";
import { openAll } from "./open-subscribers.ts";
import { Publisher } from "./publisher.ts";
import { startUsage } from "./usage.ts";

const CHANNEL = "bench";
const PATIENCE_MS = 3_000;

/** Publishes to a crowd for a time, first unmeasured and then measured, and waits for what is still on its way. */
export async function runFlow(target: Target, job: FlowJob): Promise<FlowOutcome> {
  const ledger = new DeliveryLedger(job.subscribers);
  const publisher = await Publisher.open(target, job.publishers);
  await publishToNobody(publisher, job.warmUpEvents);
  const writer = new EventDataWriter(job.payloadBytes);
  const publish = () =>
    publisher.publish(CHANNEL, writer.write(ledger.publish(), Math.round(performance.now() * 1000)));
  const { pace } = job;
  const loop = pace.kind === "closed" ? new ClosedLoop(publisher, ledger, pace.inFlight, publish) : null;

  const reader = new EventDataReader();
  await openAll(target, job.subscribers, () => ({ channel: CHANNEL, access: "public", userId: "" }), {
    delivered(_, bytes, at) {
      const isLast = ledger.deliver(reader.number(bytes, at));
      if (isLast) ledger.recordLatency(performance.now() - reader.timeUs(bytes, at) / 1000);
      loop?.proceed();
    },
  });

  let late = 0;
  const run = async (seconds: number) => {
    if (pace.kind === "open") late += await publishAtRate(pace.eventsPerSecond, seconds, publisher, publish);
    loop?.allow(Number.POSITIVE_INFINITY);
    if (loop) await Bun.sleep(seconds * 1000);
    loop?.allow(0);
  };

  await run(job.warmUpSeconds);
  await ledger.settle(PATIENCE_MS);
  ledger.takeLatency();
  const before = { events: ledger.completed, deliveries: ledger.deliveries };
  const stopUsage = startUsage(target.pid);
  await run(job.seconds);
  const usage = stopUsage();
  const events = ledger.completed - before.events;
  const deliveries = ledger.deliveries - before.deliveries;
  await ledger.settle(PATIENCE_MS);

  return {
    kind: "flow",
    events,
    deliveries,
    lost: ledger.owed + ledger.duplicates,
    httpErrors: publisher.httpErrors,
    firstError: publisher.firstError,
    late,
    latency: ledger.takeLatency(),
    usage,
  };
}

/** Resolves once so many events were answered. */
function publishToNobody(publisher: Publisher, events: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = events;
  const proceed = () => {
    while (left > 0 && publisher.isIdle) {
      left--;
      publisher.publish("warm-up", "{}");
    }
    if (left === 0) resolve();
  };
  publisher.onIdle(proceed);
  proceed();
  return promise;
}

/** Returns how many events were left out because every connection was busy when they were due. */
async function publishAtRate(
  eventsPerSecond: number,
  seconds: number,
  publisher: Publisher,
  publish: () => void,
): Promise<number> {
  const startedAt = performance.now();
  let late = 0;
  for (let due = 0; due < eventsPerSecond * seconds; due++) {
    const inMs = startedAt + (due * 1000) / eventsPerSecond - performance.now();
    if (inMs > 0) await Bun.sleep(inMs);
    if (publisher.isIdle) publish();
    else late++;
  }
  await Bun.sleep(Math.max(0, startedAt + seconds * 1000 - performance.now()));
  return late;
}
