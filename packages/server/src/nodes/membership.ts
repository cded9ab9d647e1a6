import type { Logger } from "pino";
import { DrainOrders } from "./drain-orders.ts";
import type { Drainer } from "./drainer.ts";
import { NodeHeartbeat, type NodeState } from "./node-heartbeat.ts";
import type { NodeStore, WorkerPlace } from "./node-store.ts";

export interface MembershipOptions {
  readonly nodes: NodeStore;
  /** Tells nodes apart to people: `host:port`. Two live nodes never share one. */
  readonly name: string;
  readonly version: string;
  readonly worker: WorkerPlace | null;
  readonly state: () => Pick<NodeState, "appliedRevision" | "connections" | "bus">;
  readonly drainer: Drainer;
  readonly log: Logger;
  readonly now: () => number;
}

/** This server as one of the nodes that share a database: tells them of itself, and does what it is asked there. */
export class Membership {
  readonly #heartbeat: NodeHeartbeat;
  readonly #orders: DrainOrders;
  readonly #options: MembershipOptions;

  constructor(options: MembershipOptions) {
    const { nodes, name, version, worker, state, drainer, log, now } = options;
    this.#options = options;
    this.#heartbeat = new NodeHeartbeat({
      nodes,
      name,
      version,
      worker,
      now,
      state: () => ({
        ...state(),
        isDraining: drainer.isDraining,
        // The first heartbeat goes out before there is anything to be asked.
        drainRequestedAt: this.#orders?.requestedAt ?? null,
      }),
      onError: (error) => log.warn({ err: error }, "cannot tell the other nodes of this one"),
    });
    this.#orders = new DrainOrders({
      nodes,
      id: this.#heartbeat.id,
      onChange: (isWanted) => this.#obey(isWanted),
      // Whoever waits for the end of a drain sees how far it is.
      onLooked: () => drainer.isDraining && void this.#heartbeat.beat(),
      onError: (error) => log.warn({ err: error }, "cannot read what this node is asked to do"),
    });
  }

  get id(): string {
    return this.#heartbeat.id;
  }

  /** Tells now. Resolves when it is told or has failed; never throws. */
  beat(): Promise<void> {
    return this.#heartbeat.beat();
  }

  /** Looks now for what this node is asked to do, as it does every second by itself. Never throws. */
  look(): Promise<void> {
    return this.#orders.look();
  }

  /** Sends everybody away for good: from here on nobody can take that back. Resolves to how many were sent away. */
  async leave(): Promise<number> {
    await this.#orders.stop();
    const leaving = this.#options.drainer.leave();
    void this.#heartbeat.beat();
    return leaving;
  }

  /** Takes the node off the list. */
  stop(): Promise<void> {
    return this.#heartbeat.stop();
  }

  #obey(isWanted: boolean): void {
    const { drainer, log } = this.#options;
    if (!isWanted) {
      drainer.resume();
      log.info("back in service: clients may come again");
      // The list is told after the look, but only of a drain.
      void this.#heartbeat.beat();
      return;
    }
    log.info("draining: not ready, and the clients are sent away");
    const leaving = drainer.leave();
    void leaving.then((closedConnections) => {
      if (drainer.isDraining) log.info({ closedConnections }, "drained");
      void this.#heartbeat.beat();
    });
  }
}
