import { randomBytes } from "node:crypto";
import type { NodeStore, ToldNode, WorkerPlace } from "./node-store.ts";

/** What changes of a node while it runs. */
export type NodeState = Pick<
  ToldNode,
  "appliedRevision" | "connections" | "isDraining" | "drainRequestedAt" | "bus"
>;

export interface NodeHeartbeatOptions {
  readonly nodes: Pick<NodeStore, "join" | "heartbeat" | "remove">;
  /** Tells nodes apart to people: `host:port`. Two live nodes never share one. */
  readonly name: string;
  readonly version: string;
  readonly worker: WorkerPlace | null;
  readonly now: () => number;
  readonly state: () => NodeState;
  /** Called once for each spell in which nothing can be told. */
  readonly onError: (error: unknown) => void;
}

const INTERVAL_MS = 5_000;

/** Tells the other nodes of one deployment, through their database, that this one lives and which revision it shows. */
export class NodeHeartbeat {
  readonly #options: NodeHeartbeatOptions;
  /** Of this process; what others name it by. */
  readonly id = `node_${randomBytes(6).toString("hex")}`;
  readonly #startedAt: string;
  readonly #timer: ReturnType<typeof setInterval>;
  #beating: Promise<void>;
  #telling = 0;
  #isFailing = false;
  #isStopped = false;

  constructor(options: NodeHeartbeatOptions) {
    this.#options = options;
    this.#startedAt = new Date(options.now()).toISOString();
    this.#beating = this.#tell((node) => options.nodes.join(node));
    // A database that does not answer is asked once at a time: what waits would only add up.
    this.#timer = setInterval(() => this.#telling === 0 && void this.beat(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Tells now. Resolves when it is told or has failed; never throws. */
  beat(): Promise<void> {
    this.#beating = this.#beating.then(() => this.#tell((node) => this.#options.nodes.heartbeat(node)));
    return this.#beating;
  }

  /** Takes the node off the list. */
  stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#beating = this.#beating.then(async () => {
      await this.#tell((node) => this.#options.nodes.remove(node.id));
      this.#isStopped = true;
    });
    return this.#beating;
  }

  async #tell(send: (node: ToldNode) => Promise<void>): Promise<void> {
    if (this.#isStopped) return;
    const { name, version, worker, state } = this.#options;
    this.#telling++;
    try {
      await send({ id: this.id, name, version, worker, startedAt: this.#startedAt, ...state() });
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#options.onError(error);
      this.#isFailing = true;
    } finally {
      this.#telling--;
    }
  }
}
