import type { AppliedOn } from "../../nodes/node-store.ts";
import type { AdminServices } from "../services.ts";

const LONGEST_WAIT_MS = 1_000;
const PAUSE_MS = 25;

/**
 * Has what was committed take effect on this node, and waits up to a second for the others.
 *
 * @returns on how many of the running nodes it is in effect by then.
 */
export async function takeEffect({ live, store }: Pick<AdminServices, "live" | "store">): Promise<AppliedOn> {
  const revision = await store.apps.revision();
  await live?.refresh();
  const endsAtMs = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const applied = await store.nodes.appliedOn(revision);
    if (applied.nodes >= applied.of || performance.now() >= endsAtMs) return applied;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
