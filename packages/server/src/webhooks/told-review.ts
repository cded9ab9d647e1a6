import type { ToldStates } from "./told-states.ts";
import type { Presence, WebhookFeed } from "./webhook-feed.ts";

export interface ToldReviewOptions {
  readonly told: Pick<ToldStates, "pages" | "untold">;
  readonly feed: Pick<WebhookFeed, "adopt" | "reconcile">;
  /** What is here on this node, in apps that have endpoints. */
  readonly here: () => Iterable<Presence>;
}

/** `here`: is all that this node has told of? `all`: and is all that was told still somewhere, on whichever node? */
export type ReviewScope = "here" | "all";

const AT_ONCE = 250;

/**
 * Compares, in a cluster, what receivers were told with what is so. That is due when notes may have been lost: a node has
 * gone, or was cut off from the others. Every node looks after what it has itself, and one after what nobody may have.
 */
export class ToldReview {
  readonly #options: ToldReviewOptions;
  #due: ReviewScope | undefined;
  #isStopped = false;

  constructor(options: ToldReviewOptions) {
    this.#options = options;
  }

  request(scope: ReviewScope): void {
    this.#due = this.#due === "all" ? "all" : scope;
  }

  /** Does what was requested, some hundreds at a time. To be called again and again, also after it failed. */
  async run(): Promise<void> {
    const scope = this.#due;
    if (scope === undefined) return;
    this.#due = undefined;
    try {
      await this.#reviewHere();
      if (scope === "all") await this.#reviewTold();
    } catch (error) {
      this.request(scope);
      throw error;
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #reviewHere(): Promise<void> {
    const { told, feed, here } = this.#options;
    for (const some of batches(here())) {
      if (this.#isStopped) return;
      await feed.reconcile([], await told.untold(some));
    }
  }

  async #reviewTold(): Promise<void> {
    const { told, feed } = this.#options;
    for await (const page of told.pages()) {
      if (this.#isStopped) return;
      await feed.adopt(page);
    }
  }
}

function* batches<Item>(items: Iterable<Item>): Generator<readonly Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
