import type { ConnectJob, ConnectOutcome, Target } from "../job.ts";
import { describeFailure, openSubscribers } from "./open-subscribers.ts";
import type { Seat } from "./subscriber.ts";
import { rssKb, startUsage } from "./usage.ts";

// Fewer at once than the sockets that are measured, so that the warm-up takes no memory that they would reuse.
const WAVE = 5_000;

/** Opens the sockets, measuring CPU until the last is subscribed, then waits and measures memory. */
export async function runConnect(target: Target, job: ConnectJob): Promise<ConnectOutcome> {
  const seat: Seat = {
    channel: job.access === "public" ? "bench" : `${job.access}-bench`,
    access: job.access,
    userId: "1",
  };
  const open = (count: number) => openSubscribers(target, count, () => seat, { delivered() {} });

  for (let opened = 0; opened < job.warmUpSockets; opened += WAVE) {
    const warmUp = await open(Math.min(WAVE, job.warmUpSockets - opened));
    for (const subscriber of warmUp.subscribers) subscriber.reset();
  }
  await Bun.sleep(200);

  const rssBeforeKb = rssKb(target.pid);
  const stopUsage = startUsage(target.pid);
  const { subscribers, failed } = await open(job.sockets);
  const usage = stopUsage();
  await Bun.sleep(job.settleSeconds * 1000);
  const rssAfterKb = rssKb(target.pid);
  const subscribed = subscribers.filter((subscriber) => !subscriber.hasEnded).length;
  // Left to the end of the process, these would keep their ports for a minute, and the next round would search for some.
  for (const subscriber of subscribers) subscriber.reset();
  const firstError = failed[0] ? describeFailure(failed[0]) : null;
  return { kind: "connect", subscribed, failed: failed.length, firstError, usage, rssBeforeKb, rssAfterKb };
}
