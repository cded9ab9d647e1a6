/** A connection that a publish failed on is given up long before. */
const LATEST_MS = 60_000;

/**
 * What this node has sent on one channel and does not know to be sent, by its mark. A failed publish may have happened all the
 * same: its event must be delivered here once, whether it arrives or not, and whichever is known first.
 */
export class Unconfirmed {
  /** Those whose answer is awaited, and whether they have come back already. */
  readonly #awaited = new Map<string, boolean>();
  /** Those that count as not sent and were delivered here, and since when; the first that failed first. */
  readonly #failed = new Map<string, number>();

  get size(): number {
    return this.#awaited.size + this.#failed.size;
  }

  sent(mark: string): void {
    this.#awaited.set(mark, false);
  }

  confirmed(mark: string): void {
    this.#awaited.delete(mark);
  }

  /** @returns `arrived` where it was delivered as it came back; else it is to be delivered now. */
  failed(mark: string, nowMs: number): "arrived" | "unknown" {
    const hasArrived = this.#awaited.get(mark) === true;
    this.#awaited.delete(mark);
    if (hasArrived) return "arrived";
    this.#forgetOld(nowMs);
    this.#failed.set(mark, nowMs);
    return "unknown";
  }

  /** @returns false where it was delivered here already. */
  arrived(mark: string | undefined): boolean {
    if (mark === undefined) return true;
    if (this.#awaited.has(mark)) this.#awaited.set(mark, true);
    return !this.#failed.delete(mark);
  }

  #forgetOld(nowMs: number): void {
    for (const [mark, failedAtMs] of this.#failed) {
      if (failedAtMs >= nowMs - LATEST_MS) return;
      this.#failed.delete(mark);
    }
  }
}
