import type { Access, ChurnJob, ChurnOutcome, Target } from "../job.ts";
import { type Seat, Subscriber } from "./subscriber.ts";
import { rssKb, startUsage } from "./usage.ts";

/** Time without any connection coming or going before the run counts as stuck. */
const PATIENCE_MS = 10_000;
const RSS_SAMPLES = 100;
const CHANNELS = 500;
const USERS = 300;
const ACCESSES: readonly Access[] = ["public", "private", "presence"];

/** Opens connections and drops them, a few hundred at a time, in turn by every way a connection can end. */
export async function runChurn(target: Target, job: ChurnJob): Promise<ChurnOutcome> {
  const samples: number[] = [];
  const sampleEvery = Math.max(1, Math.floor(job.connections / RSS_SAMPLES));
  const stopUsage = startUsage(target.pid);
  const failed = await comeAndGo(target, job, (gone) => {
    const now = gone % sampleEvery === 0 ? rssKb(target.pid) : null;
    if (now !== null) samples.push(now);
  });
  return { kind: "churn", connections: job.connections, failed, rssKb: samples, usage: stopUsage() };
}

/** Resolves, when all connections have come and gone, with how many of them did not subscribe. */
function comeAndGo(target: Target, job: ChurnJob, onGone: (gone: number) => void): Promise<number> {
  let started = 0;
  let gone = 0;
  let failed = 0;
  return new Promise((resolve, reject) => {
    let goneBefore = -1;
    const watch = setInterval(() => {
      if (gone === goneBefore)
        stop(() => reject(new Error(`churn: ${started - gone} connections do not end`)));
      goneBefore = gone;
    }, PATIENCE_MS);
    const stop = (settle: () => void) => {
      clearInterval(watch);
      settle();
    };
    const proceed = () => {
      while (started < job.connections && started - gone < job.concurrency) {
        comer(target, started++, (didSubscribe) => {
          gone++;
          if (!didSubscribe) failed++;
          onGone(gone);
          proceed();
        }).connect();
      }
      if (gone === job.connections) stop(() => resolve(failed));
    };
    proceed();
  });
}

/** A subscriber that leaves as soon as it is subscribed. */
function comer(target: Target, index: number, onGone: (didSubscribe: boolean) => void): Subscriber {
  return new Subscriber(target, seatOf(index), {
    subscribed: (subscriber) => leave(subscriber, index),
    delivered() {},
    ended: (subscriber) => onGone(subscriber.isSubscribed),
  });
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
