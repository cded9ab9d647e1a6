import type { Hub } from "@usher/hub";
import type { ApplyEffects } from "../apply-effects.ts";
import { drain } from "../drain.ts";

export interface DrainerOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  /** How long a server that is not ready any more takes newcomers still, so that a balancer notices. */
  readonly delayMs: number;
  /** The longest that the closing may be spread over. */
  readonly maxMs: number;
  /** Uniform from 0 up to but not including 1. */
  readonly random: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Called at the moment from which newcomers are refused. */
  readonly onClosed: () => void;
}

/**
 * Takes a server out of service, and puts it back: first it is not ready, then it takes nobody any more, and then it sends
 * its clients away in batches. The HTTP API goes on all the while.
 */
export class Drainer {
  readonly #options: DrainerOptions;
  #stage: "in service" | "not ready" | "closed" = "in service";
  #leaving: Promise<number> | undefined;
  /** Differs after every return to service, so that what was begun before ends. */
  #turn = 0;

  constructor(options: DrainerOptions) {
    this.#options = options;
  }

  /** Should a balancer send newcomers elsewhere? */
  get isDraining(): boolean {
    return this.#stage !== "in service";
  }

  get refusesNewcomers(): boolean {
    return this.#stage === "closed";
  }

  /** Resolves to how many clients were sent away, once nobody is left or the server is back in service. */
  leave(): Promise<number> {
    this.#leaving ??= this.#leave(this.#turn);
    return this.#leaving;
  }

  /** Whoever is still connected stays. */
  resume(): void {
    this.#turn++;
    this.#stage = "in service";
    this.#leaving = undefined;
  }

  async #leave(turn: number): Promise<number> {
    const { hub, delayMs, maxMs, onClosed, wait, ...others } = this.#options;
    const isOver = () => this.#turn !== turn;
    this.#stage = "not ready";
    if (delayMs > 0) await wait(delayMs);
    if (isOver()) return 0;
    this.#stage = "closed";
    onClosed();
    return drain({ ...others, hub, maxMs, wait, isOver });
  }
}
