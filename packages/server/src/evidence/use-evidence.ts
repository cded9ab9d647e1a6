import { setImmediate } from "node:timers/promises";
import type { Logger } from "pino";
import type { EvidenceStore } from "./evidence-store.ts";
import { COUNTED_MS, type SecretUse, summarize } from "./secret-use.ts";
import { SecretUses, type UnsavedUses } from "./secret-uses.ts";

export interface UseEvidenceOptions {
  readonly store: Pick<EvidenceStore, "add" | "read" | "removeOld">;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * What this server has seen of the use of secrets, together with what the database knows from other nodes and earlier days.
 *
 * What is counted here is stored every few seconds, so a crash loses no more than that. A database that fails costs
 * nothing but lateness: what was counted waits until it is well again.
 */
export class UseEvidence {
  readonly uses = new SecretUses();
  readonly #options: UseEvidenceOptions;
  /** Storing and reading take turns: what is being stored would be read twice or not at all. */
  #turn: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isFlushDue = false;
  #isFailing = false;
  #removedOldAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: UseEvidenceOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      // One that waits for a slow database is enough.
      if (!this.#isFlushDue) void this.flush();
    }, FLUSH_INTERVAL_MS);
  }

  /** Stores what there is and resolves when that was done, well or not. Never throws. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Stores what was counted. Never throws: what fails is tried again with the next. */
  flush(): Promise<void> {
    this.#isFlushDue = true;
    return this.#inTurn(async () => {
      try {
        await this.#store();
        await this.#removeOld();
        this.#went(undefined);
      } catch (error) {
        this.#went(error);
      }
      this.#isFlushDue = false;
    });
  }

  /** The use of each of these secrets, of one that was never used too. Throws a `StoreError`. */
  useOf(secretIds: readonly string[]): Promise<ReadonlyMap<string, SecretUse>> {
    return this.#inTurn(async () => {
      const countedSinceMs = this.#options.now() - COUNTED_MS;
      const stored = await this.#options.store.read(secretIds, countedSinceMs);
      const unsaved = this.uses.unsaved();
      const lifetimes = Map.groupBy([...stored.lifetimes, ...unsaved], ({ secretId }) => secretId);
      const uses = Map.groupBy(
        [...stored.uses, ...unsaved.map((each) => countedSince(each, countedSinceMs))],
        ({ secretId }) => secretId,
      );
      return new Map(
        secretIds.map((id) => [id, summarize(lifetimes.get(id) ?? [], uses.get(id) ?? [], stored.sinceMs)]),
      );
    });
  }

  async #store(): Promise<void> {
    const unsaved = this.uses.unsaved();
    for (let start = 0; start < unsaved.length; start += MOST_AT_ONCE) {
      // SQLite writes on the spot, so others get their turn in between.
      if (start > 0) await setImmediate();
      const some = unsaved.slice(start, start + MOST_AT_ONCE);
      await this.#options.store.add(some);
      this.uses.saved(some);
    }
  }

  async #removeOld(): Promise<void> {
    const nowMs = this.#options.now();
    if (nowMs < this.#removedOldAtMs + REMOVAL_INTERVAL_MS && nowMs >= this.#removedOldAtMs) return;
    await this.#options.store.removeOld(nowMs);
    this.#removedOldAtMs = nowMs;
  }

  /** Says it once when it begins to fail, and once when it is well again. */
  #went(error: unknown): void {
    const { log } = this.#options;
    const isFailing = error !== undefined;
    if (isFailing && !this.#isFailing) {
      log.error({ err: error }, "cannot store the uses of secrets; they are kept until that works");
    }
    if (!isFailing && this.#isFailing) log.info("the uses of secrets are stored again");
    this.#isFailing = isFailing;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => {});
    return result;
  }
}

const FLUSH_INTERVAL_MS = 5_000;
const REMOVAL_INTERVAL_MS = 600_000;
/** In one transaction: a few milliseconds of the event loop on SQLite. */
const MOST_AT_ONCE = 200;

function countedSince(uses: UnsavedUses, sinceMs: number): UnsavedUses {
  return uses.lastAtMs >= sinceMs ? uses : { ...uses, count: 0 };
}
