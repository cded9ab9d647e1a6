import { TokenBucket } from "@usher/hub";

export interface ExplanationQueueOptions<Job> {
  readonly run: (job: Job) => void;
  readonly now: () => number;
  /** Calls back after that many milliseconds; the queue has at most one call outstanding. */
  readonly later: (callback: () => void, ms: number) => void;
}

const MOST_WAITING = 128;
const A_SECOND = 25;
const A_SECOND_OF_ONE_APP = 10;
// Long enough that no answer to a client, nor to whatever it sends right behind, can be timed to tell what was found.
const DELAY_MS = 50;

/**
 * Work that follows a refusal and that nobody waits for: later, one piece at a time, and no more than a person could read.
 * Whether a job is taken depends on the clock and the app alone, never on what is in it.
 */
export class ExplanationQueue<Job> {
  readonly #options: ExplanationQueueOptions<Job>;
  readonly #waiting: Job[] = [];
  readonly #bucket: TokenBucket;
  readonly #appBuckets = new Map<string, TokenBucket>();
  #isScheduled = false;

  constructor(options: ExplanationQueueOptions<Job>) {
    this.#options = options;
    this.#bucket = new TokenBucket(A_SECOND, options.now());
  }

  /** Returns false when the job is not taken: too many wait, or there were too many lately. */
  offer(appId: string, job: Job): boolean {
    if (this.#waiting.length >= MOST_WAITING || !this.#take(appId)) return false;
    this.#waiting.push(job);
    this.#schedule(DELAY_MS);
    return true;
  }

  /** Does what still waits, now. */
  flush(): void {
    for (const job of this.#waiting.splice(0)) this.#options.run(job);
  }

  forget(appId: string): void {
    this.#appBuckets.delete(appId);
  }

  #take(appId: string): boolean {
    const nowMs = this.#options.now();
    const ofApp = this.#appBuckets.get(appId) ?? new TokenBucket(A_SECOND_OF_ONE_APP, nowMs);
    this.#appBuckets.set(appId, ofApp);
    // The app's own first: an app over its share takes nothing from the others.
    return ofApp.take(A_SECOND_OF_ONE_APP, 1, nowMs) && this.#bucket.take(A_SECOND, 1, nowMs);
  }

  #schedule(ms: number): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.later(() => {
      this.#isScheduled = false;
      const job = this.#waiting.shift();
      // Before the job, so that one that throws does not leave the others waiting.
      if (this.#waiting.length > 0) this.#schedule(0);
      if (job !== undefined) this.#options.run(job);
    }, ms);
  }
}
