import type { SlowConsumerJob, SlowConsumerOutcome, Target } from "../job.ts";
import { Flood } from "./flood.ts";
import { rssKb } from "./usage.ts";

const RSS_SAMPLE_MS = 20;

/**
 * Floods a channel twice. Everybody reads the first flood, after which the server's memory is as large as its work asks
 * for; during the second some subscribers do not read, and what memory grows by now is what the server keeps for them.
 */
export async function runSlowConsumer(target: Target, job: SlowConsumerJob): Promise<SlowConsumerOutcome> {
  const flood = await Flood.prepare(target, job.pausing + job.stalled + job.healthy, job);
  const pausing = flood.subscribers.slice(0, job.pausing);
  const stalled = flood.subscribers.slice(job.pausing, job.pausing + job.stalled);
  const healthy = flood.subscribers.slice(job.pausing + job.stalled);

  const peakBefore = watchPeakRssKb(target.pid);
  await flood.run(flood.subscribers, () => {});
  const rssBeforeKb = peakBefore();

  for (const subscriber of [...pausing, ...stalled]) subscriber.stopReading();
  const peakDuring = watchPeakRssKb(target.pid);
  await flood.run(healthy, (number) => {
    if (number === job.readOnAfterEvents) for (const subscriber of pausing) subscriber.readOn();
  });
  const rssPeakKb = peakDuring();
  for (const subscriber of stalled) subscriber.readOn();

  return {
    kind: "slow consumer",
    rssBeforeKb,
    rssPeakKb,
    healthyLost: flood.countLost(),
    httpErrors: flood.publisher.httpErrors,
    firstError: flood.publisher.firstError,
    pausing: await Promise.all(pausing.map((subscriber) => flood.readToTheEnd(subscriber))),
    stalled: await Promise.all(stalled.map((subscriber) => flood.readToTheEnd(subscriber))),
  };
}

/** Watches a process grow; what it returns stops, and tells the most it has been. */
function watchPeakRssKb(pid: number | null): () => number | null {
  let peak = rssKb(pid);
  const look = () => {
    const now = rssKb(pid);
    if (now !== null) peak = Math.max(peak ?? 0, now);
  };
  const timer = setInterval(look, RSS_SAMPLE_MS);
  return () => {
    clearInterval(timer);
    look();
    return peak;
  };
}
