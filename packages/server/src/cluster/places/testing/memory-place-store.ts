import type { ChannelName } from "@usher/protocol";
import { placeKey } from "../place-key.ts";
import type {
  ClaimChange,
  ClaimMessage,
  ClaimOutcome,
  Identity,
  PlaceRef,
  PlaceSnapshot,
  PlaceStore,
  Reaped,
  Roll,
} from "../place-store.ts";
import type { MemoryPlaceServer } from "./memory-place-server.ts";
import type { VirtualProcess, VirtualTime } from "./virtual-time.ts";

export interface NetworkOptions {
  readonly time: VirtualTime;
  readonly process: VirtualProcess;
  /** How long the next command, answer or message is on its way. */
  readonly delayMs: () => number;
  /** Whether the next message is lost. */
  readonly losesMessage: () => boolean;
  readonly onClaims: (ref: PlaceRef, message: ClaimMessage) => void;
}

/** Joins the servers to the connections of its nodes. */
export class MemoryNetwork {
  readonly server: MemoryPlaceServer;
  readonly #stores = new Set<MemoryPlaceStore>();

  constructor(server: MemoryPlaceServer) {
    this.server = server;
    server.onPublish = (ref, message) => {
      for (const store of this.#stores) store.deliver(ref, message);
    };
  }

  connect(options: NetworkOptions): MemoryPlaceStore {
    const store = new MemoryPlaceStore(this.server, options);
    this.#stores.add(store);
    return store;
  }
}

/**
 * One node's way to the store in memory. Commands and their answers take time, in order; the messages of one place too; a
 * message may overtake an answer and the messages of other places. A cut fails everything that is under way, which the
 * store may have executed or may execute still.
 */
export class MemoryPlaceStore implements PlaceStore {
  readonly #server: MemoryPlaceServer;
  readonly #options: NetworkOptions;
  readonly #listening = new Map<string, PlaceRef>();
  readonly #lastArrivalMs = new Map<string, number>();
  readonly #leases = new Map<Identity, number>();
  readonly #pending = new Set<(error: Error) => void>();
  #isUp = true;
  /** Goes up with each cut: what belongs to an earlier connection does not arrive. */
  #connection = 0;

  constructor(server: MemoryPlaceServer, options: NetworkOptions) {
    this.#server = server;
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  cut(): void {
    this.#isUp = false;
    this.#connection++;
    this.#lastArrivalMs.clear();
    for (const reject of [...this.#pending]) reject(new Error("the link is down"));
  }

  /** Listens again to everything. The caller then says so. */
  restore(): void {
    this.#isUp = true;
  }

  /** A change at a place, on its way to this node if it listens. */
  deliver(ref: PlaceRef, message: ClaimMessage): void {
    const { process, onClaims, losesMessage } = this.#options;
    if (!this.#isUp || !this.#listening.has(placeKey(ref)) || losesMessage()) return;
    this.#travel(placeKey(ref), () => process.take(() => onClaims(ref, message)));
  }

  async renew(identity: Identity): Promise<Roll> {
    const { roll, leaseEndsMs } = await this.#ask(() => this.#server.renew(identity));
    if (leaseEndsMs === undefined) this.#leases.delete(identity);
    else this.#leases.set(identity, leaseEndsMs);
    return roll;
  }

  leave(identity: Identity): Promise<void> {
    return this.#ask(() => this.#server.leave(identity));
  }

  open(ref: PlaceRef): Promise<PlaceSnapshot> {
    return this.#ask(() => {
      this.#listening.set(placeKey(ref), ref);
      return this.#server.read(ref);
    });
  }

  close(ref: PlaceRef): Promise<void> {
    return this.#ask(() => void this.#listening.delete(placeKey(ref)));
  }

  claim(ref: PlaceRef, identity: Identity, change: ClaimChange): Promise<ClaimOutcome> {
    const leaseEndsMs = this.#leases.get(identity) ?? Number.NEGATIVE_INFINITY;
    return this.#ask(() => this.#server.claim(ref, identity, change, leaseEndsMs));
  }

  reap(dead: Identity, reaper: Identity, heard: readonly PlaceRef[]): Promise<Reaped> {
    return this.#ask(() => this.#server.reap(dead, reaper, heard));
  }

  look(refs: readonly PlaceRef[]): Promise<readonly PlaceSnapshot[]> {
    return this.#ask(() => refs.map((ref) => this.#server.read(ref)));
  }

  versions(refs: readonly PlaceRef[]): Promise<readonly number[]> {
    return this.#ask(() => refs.map((ref) => this.#server.read(ref).version));
  }

  isClaimed(ref: PlaceRef, userId: string | undefined): Promise<boolean> {
    return this.#ask(() => {
      const claims = [...this.#server.read(ref).claims.values()];
      return userId === undefined ? claims.length > 0 : claims.some(({ members }) => members.has(userId));
    });
  }

  channelsOf(appId: string): Promise<readonly ChannelName[]> {
    return this.#ask(() => this.#server.channelsOf(appId));
  }

  #ask<Answer>(execute: () => Answer): Promise<Answer> {
    if (!this.#isUp) return Promise.reject(new Error("the link is down"));
    const { process, time, delayMs } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        this.#pending.delete(fail);
        process.take(() => reject(error));
      };
      this.#pending.add(fail);
      const answer = (settle: () => void): void => {
        this.#travel("answers", () => {
          if (this.#pending.delete(fail)) process.take(settle);
        });
      };
      // A command that was sent arrives, also after the connection that carried it has gone.
      time.after(this.#arrivalDelayMs("commands", delayMs()), () => {
        try {
          const result = execute();
          answer(() => resolve(result));
        } catch (error) {
          answer(() => reject(error));
        }
      });
    });
  }

  /** Has it arrive after all that was sent the same way before, unless the connection is cut. */
  #travel(way: string, arrive: () => void): void {
    const connection = this.#connection;
    const delayMs = this.#arrivalDelayMs(way, this.#options.delayMs());
    this.#options.time.after(delayMs, () => {
      if (connection === this.#connection) arrive();
    });
  }

  #arrivalDelayMs(way: string, delayMs: number): number {
    const { nowMs } = this.#options.time;
    const atMs = Math.max(nowMs + delayMs, this.#lastArrivalMs.get(way) ?? 0);
    this.#lastArrivalMs.set(way, atMs);
    return atMs - nowMs;
  }
}
