import type { CarriedEvent } from "@usher/hub";

interface Sent {
  readonly event: CarriedEvent;
  hasArrived: boolean;
  /** Since when it counts as not sent, and was delivered here; undefined while the answer is awaited. */
  failedAtMs: number | undefined;
}

/** A connection that a publish failed on is given up long before. */
const LATEST_MS = 60_000;

/**
 * What this node has sent on one channel and does not know to be sent. A failed publish may have happened all the same: its
 * event must be delivered here once, whether it arrives or not, and whichever is known first.
 */
export class Unconfirmed {
  #sent: Sent[] = [];

  get size(): number {
    return this.#sent.length;
  }

  sent(event: CarriedEvent): void {
    this.#sent.push({ event, hasArrived: false, failedAtMs: undefined });
  }

  confirmed(event: CarriedEvent): void {
    this.#remove((sent) => sent.event === event);
  }

  /** @returns `arrived` where it was delivered as it came back; else it is to be delivered now. */
  failed(event: CarriedEvent, nowMs: number): "arrived" | "unknown" {
    const found = this.#sent.find((sent) => sent.event === event);
    if (!found) return "unknown";
    if (found.hasArrived) {
      this.confirmed(event);
      return "arrived";
    }
    found.failedAtMs = nowMs;
    return "unknown";
  }

  /** @returns false where it was delivered here already. */
  arrived(event: CarriedEvent, nowMs: number): boolean {
    if (this.#sent.length === 0) return true;
    this.#remove(({ failedAtMs }) => failedAtMs !== undefined && failedAtMs < nowMs - LATEST_MS);
    const found = this.#sent.find((sent) => !sent.hasArrived && isSame(sent.event, event));
    if (!found) return true;
    if (found.failedAtMs === undefined) {
      found.hasArrived = true;
      return true;
    }
    this.confirmed(found.event);
    return false;
  }

  #remove(isOver: (sent: Sent) => boolean): void {
    this.#sent = this.#sent.filter((sent) => !isOver(sent));
  }
}

function isSame(one: CarriedEvent, other: CarriedEvent): boolean {
  return (
    one.message.event === other.message.event &&
    one.message.data === other.message.data &&
    one.message.userId === other.message.userId &&
    one.exceptSocketId === other.exceptSocketId
  );
}
