import type { AppStore, StoredApp } from "./app-store.ts";

export interface RetirementsOptions {
  readonly store: Pick<AppStore, "revokeDue">;
  /** The apps as this node knows them. */
  readonly apps: () => readonly StoredApp[];
  readonly now: () => number;
  /** Called after retirements have ended, to show it. Must not throw. */
  readonly onEnded: () => Promise<void>;
  /** Called once for each spell in which a retirement that is over cannot be ended; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** The wall clock may be set meanwhile, so no wait is longer. */
const LONGEST_WAIT_MS = 60_000;
const RETRY_MS = 5_000;

/**
 * Revokes retiring secrets when their time has come.
 *
 * Every node does so, by its own clock: the store revokes each secret once, and nobody depends on one node's life.
 */
export class Retirements {
  readonly #options: RetirementsOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ending: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isStopped = false;

  constructor(options: RetirementsOptions) {
    this.#options = options;
    this.schedule();
  }

  /** Looks when the next retirement is over. To be called when the apps have changed. */
  schedule(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    const dueAtMs = soonestRetirement(this.#options.apps());
    if (dueAtMs === undefined) return;
    this.#wait(Math.min(Math.max(0, dueAtMs - this.#options.now()), LONGEST_WAIT_MS));
  }

  /** Resolves when the store is no longer in use. */
  stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    return this.#ending;
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#ending = this.#endDue();
    }, ms);
    this.#timer.unref();
  }

  async #endDue(): Promise<void> {
    const { store, apps, now, onEnded, onError } = this.#options;
    const nowMs = now();
    const dueAtMs = soonestRetirement(apps());
    if (dueAtMs === undefined || dueAtMs > nowMs) return this.schedule();
    try {
      await store.revokeDue(new Date(nowMs).toISOString());
      this.#isFailing = false;
      await onEnded();
    } catch (error) {
      if (!this.#isFailing) onError(error);
      this.#isFailing = true;
    }
    // What is shown may still be of before, when the store could not be read: then it is looked at again in a while.
    const next = soonestRetirement(apps());
    if (next !== undefined && next <= nowMs && !this.#isStopped) this.#wait(RETRY_MS);
    else this.schedule();
  }
}

function soonestRetirement(apps: readonly StoredApp[]): number | undefined {
  let soonest: string | undefined;
  for (const { secrets } of apps) {
    for (const { state, retireAt } of secrets) {
      if (state !== "retiring" || retireAt === null) continue;
      // Texts of one form, so they compare like the times they tell.
      if (soonest === undefined || retireAt < soonest) soonest = retireAt;
    }
  }
  return soonest === undefined ? undefined : Date.parse(soonest);
}
