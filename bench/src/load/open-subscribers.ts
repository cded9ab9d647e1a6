import type { Target } from "../job.ts";
import { type Seat, Subscriber, type SubscriberObserver } from "./subscriber.ts";

/** Handshakes under way at one time: enough to keep a server busy, few enough for its accept queue. */
const HANDSHAKES = 256;
const DEADLINE_MS = 60_000;

export interface Opened {
  readonly subscribers: readonly Subscriber[];
  readonly failed: readonly Subscriber[];
}

/** Opens `count` subscribers and resolves when each is subscribed or has failed. */
export function openSubscribers(
  target: Target,
  count: number,
  seatOf: (index: number) => Seat,
  observer: Pick<SubscriberObserver, "delivered">,
): Promise<Opened> {
  const subscribers: Subscriber[] = [];
  const failed: Subscriber[] = [];
  let started = 0;

  return new Promise((resolve, reject) => {
    const deadline = setTimeout(
      () =>
        reject(
          new Error(`${subscribers.length} of ${count} connections subscribed in ${DEADLINE_MS / 1000} s`),
        ),
      DEADLINE_MS,
    );
    const waiting: SubscriberObserver = {
      subscribed(subscriber) {
        subscribers.push(subscriber);
        proceed();
      },
      delivered: (subscriber, bytes, at) => observer.delivered(subscriber, bytes, at),
      ended(subscriber) {
        // Later ends are no business of this function: a caller sees `hasEnded`.
        if (subscriber.isSubscribed) return;
        failed.push(subscriber);
        proceed();
      },
    };
    const proceed = () => {
      const done = subscribers.length + failed.length;
      while (started < count && started - done < HANDSHAKES)
        new Subscriber(target, seatOf(started++), waiting).connect();
      if (done < count) return;
      clearTimeout(deadline);
      resolve({ subscribers, failed });
    };
    proceed();
  });
}

/** As `openSubscribers`, for a crowd of which nobody may be missing. */
export async function openAll(...args: Parameters<typeof openSubscribers>): Promise<readonly Subscriber[]> {
  const { subscribers, failed } = await openSubscribers(...args);
  const first = failed[0];
  if (first) throw new Error(`${failed.length} connections failed: ${describeFailure(first)}`);
  return subscribers;
}

export function describeFailure({ errorFrame, closeCode }: Subscriber): string {
  return errorFrame ?? (closeCode === null ? "ended without a word" : `closed with ${closeCode}`);
}
