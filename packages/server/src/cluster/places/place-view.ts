import type { ElsewhereChange } from "@usher/hub";
import type { ClaimMessage, PlaceSnapshot } from "./place-store.ts";
import type { Replica } from "./replica.ts";

/**
 * One open place as this node sees it: the replica, and the reading that brings it up to date. What arrives while a reading
 * is under way waits for it.
 */
export class PlaceView {
  readonly replica: Replica;
  /** The hub has been told what is here. */
  isShown = false;
  /** Something may be missing: it must be read again. */
  isStale = false;
  /** The highest version that anybody has told of. */
  #heardVersion = 0;
  #suspectVersion: number | undefined;
  #reading = 0;
  #early: ClaimMessage[] | undefined;

  constructor(replica: Replica) {
    this.replica = replica;
  }

  get isReading(): boolean {
    return this.#early !== undefined;
  }

  take(message: ClaimMessage): ElsewhereChange | undefined {
    if (this.#early) {
      this.#early.push(message);
      return undefined;
    }
    const taken = this.replica.take(message);
    if (taken === "hole") this.isStale = true;
    return typeof taken === "object" ? taken.change : undefined;
  }

  /** Returns the number of the reading; one that was begun before it counts no longer. */
  beginReading(): number {
    this.isStale = false;
    this.#early = [];
    return ++this.#reading;
  }

  isCurrent(reading: number): boolean {
    return this.#reading === reading && this.isReading;
  }

  /** Takes over what was read, and what has arrived meanwhile. */
  endReading(snapshot: PlaceSnapshot): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#heardVersion = 0;
    this.#suspectVersion = undefined;
    this.replica.load(snapshot);
    for (const message of early) this.take(message);
  }

  /** The reading failed. What has arrived meanwhile may be lost. */
  abandonReading(): void {
    this.#early = undefined;
    this.isStale = true;
  }

  /** A version was told of that has not arrived, or not yet. */
  get isBehind(): boolean {
    return this.#heardVersion > (this.replica.version ?? 0);
  }

  /** The store has told of a version, by another way than its messages. */
  hear(version: number): void {
    this.#heardVersion = Math.max(this.#heardVersion, version);
  }

  /** Call about once a second. A version that was told of a call ago and has not arrived since is missing. */
  check(): void {
    const version = this.replica.version ?? 0;
    if (this.#suspectVersion !== undefined && version < this.#suspectVersion) this.isStale = true;
    this.#suspectVersion = this.isBehind ? this.#heardVersion : undefined;
  }
}
