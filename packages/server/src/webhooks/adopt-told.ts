import type { SenderLeases } from "./sender-leases.ts";
import type { ToldReview } from "./told-review.ts";
import type { ToldStates } from "./told-states.ts";
import type { WebhookFeed } from "./webhook-feed.ts";

export interface Heir {
  readonly leases: Pick<SenderLeases, "look" | "forget">;
  readonly told: Pick<ToldStates, "takeOver">;
  readonly feed: Pick<WebhookFeed, "adopt">;
  /** In a cluster alone. */
  readonly review: Pick<ToldReview, "request"> | undefined;
}

/** Takes over what senders that are no more have told receivers. Call it every second or so. */
export async function adoptTold({ leases, told, feed, review }: Heir): Promise<void> {
  const { dead, hasLost } = await leases.look();
  if (hasLost) review?.request("here");
  if (dead.length === 0) return;
  const adopted = await told.takeOver(dead);
  if (!review) await feed.adopt(adopted);
  try {
    const forgotten = await leases.forget(dead);
    // Whoever forgets a node looks after what it would have told.
    if (forgotten.length > 0) review?.request("all");
  } catch (error) {
    // They may be forgotten all the same, and then nobody else would.
    review?.request("all");
    throw error;
  }
}
