import type { Access, ChurnJob, ChurnOutcome, Target } from "../job.ts";
import { type Seat, Subscriber, type SubscriberObserver } from "./subscriber.ts";
import { rssKb, startUsage } from "./usage.ts";

/** Time for one connection to come and go, before it counts as stuck. */
const PATIENCE_MS = 10_000;
const CHANNELS = 500;
const USERS = 300;
const ACCESSES: readonly Access[] = ["public", "private", "presence"];

/** Opens connections and drops them, a few hundred at a time, in turn by every way a connection can end. */
export async function runChurn(target: Target, job: ChurnJob): Promise<ChurnOutcome> {
  const stopUsage = startUsage(target.pid);
  const rss: number[] = [];
  let failed = 0;
  for (let tenth = 0; tenth < 10; tenth++) {
    const from = Math.floor((job.connections * tenth) / 10);
    const to = Math.floor((job.connections * (tenth + 1)) / 10);
    failed += await comeAndGo(target, from, to, job.concurrency);
    const now = rssKb(target.pid);
    if (now !== null) rss.push(now);
  }
  return { kind: "churn", connections: job.connections, failed, rssKb: rss, usage: stopUsage() };
}

/** Resolves, when connections `from` to `to` have come and gone, with how many of them did not subscribe. */
function comeAndGo(target: Target, from: number, to: number, concurrency: number): Promise<number> {
  let next = from;
  let open = 0;
  let failed = 0;
  let progressAt = performance.now();
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      if (performance.now() - progressAt < PATIENCE_MS) return;
      clearInterval(watch);
      reject(
        new Error(
          `churn: ${open} connections have not ended ${PATIENCE_MS / 1000} s after they were told to`,
        ),
      );
    }, 500);
    const proceed = () => {
      progressAt = performance.now();
      while (next < to && open < concurrency) {
        open++;
        comer(target, next++, (didSubscribe) => {
          open--;
          if (!didSubscribe) failed++;
          proceed();
        }).connect();
      }
      if (open > 0) return;
      clearInterval(watch);
      resolve(failed);
    };
    proceed();
  });
}

/** A subscriber that leaves as soon as it is subscribed. */
function comer(target: Target, index: number, onGone: (didSubscribe: boolean) => void): Subscriber {
  const observer: SubscriberObserver = {
    subscribed: (subscriber) => leave(subscriber, index),
    delivered() {},
    ended: (subscriber) => onGone(subscriber.isSubscribed),
  };
  return new Subscriber(target, seatOf(index), observer);
}

function leave(subscriber: Subscriber, index: number): void {
  const way = index % 4;
  if (way === 0) subscriber.close();
  else if (way === 1) subscriber.hangUp();
  else subscriber.reset();
}

/** Few enough channels and users that they are shared, many enough that they are emptied again and again. */
function seatOf(index: number): Seat {
  const access = ACCESSES[index % ACCESSES.length] ?? "public";
  const name = `churn-${index % CHANNELS}`;
  return {
    channel: access === "public" ? name : `${access}-${name}`,
    access,
    userId: `user-${index % USERS}`,
  };
}
