import type { NodeStore } from "./node-store.ts";

export interface DrainOrdersOptions {
  readonly nodes: Pick<NodeStore, "drainRequestedAt">;
  /** Of this node. */
  readonly id: string;
  /** Called with what is asked for whenever that is something else than before; at the start nothing is. */
  readonly onChange: (isWanted: boolean) => void;
  /** Called after each look. */
  readonly onLooked: () => void;
  /** Called once for each spell in which it cannot be read. */
  readonly onError: (error: unknown) => void;
}

const INTERVAL_MS = 1_000;

/** Looks every second whether this node is asked to send its clients away. */
export class DrainOrders {
  readonly #options: DrainOrdersOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #requestedAt: string | null = null;
  #looking: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: DrainOrdersOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** ISO 8601, UTC; `null` while nothing is asked for. */
  get requestedAt(): string | null {
    return this.#requestedAt;
  }

  /** Looks now, or waits for the look that is under way. Never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { nodes, id, onChange, onLooked, onError } = this.#options;
    try {
      const asked = await nodes.drainRequestedAt(id);
      this.#isFailing = false;
      // A node that is not listed has not been told anything new: its next heartbeat lists it again.
      const requestedAt = asked === undefined ? this.#requestedAt : asked;
      const isChange = (requestedAt === null) !== (this.#requestedAt === null);
      this.#requestedAt = requestedAt;
      if (isChange) onChange(requestedAt !== null);
      onLooked();
    } catch (error) {
      if (!this.#isFailing) onError(error);
      this.#isFailing = true;
    }
  }
}
