import type { Connection, Hub } from "@usher/hub";
import type { ApplyEffects } from "./apply-effects.ts";

export interface DrainOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  /** The longest that the closing may be spread over. */
  readonly maxMs: number;
  /** Uniform from 0 up to but not including 1. */
  readonly random: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Asked before each batch; whoever is left then stays. */
  readonly isOver: () => boolean;
}

const CLOSES_A_SECOND = 500;
const TICK_MS = 50;
/** A client that minds advice waits for a moment at least: this server may be the next one as well. */
const SHORTEST_RETURN_MS = 1_000;

/**
 * Sends every client away with 4200, a batch at a time.
 *
 * pusher-js comes back at once and without jitter, so whoever takes these clients over gets them at the pace at which
 * they are let go: 500 a second, faster only where that would take longer than `maxMs`. Clients with the resume plug-in
 * are told over what time to return, so that they come at that pace even then. The order is a random one, so that each app's
 * own server gets its share of the pace and not all of it, and so are the moments: nodes that are drained together do not
 * keep step.
 *
 * @returns how many were closed.
 */
export async function drain({ hub, apply, maxMs, random, wait, isOver }: DrainOptions): Promise<number> {
  const connections = shuffled(openConnections(hub), random);
  const ticks = Math.max(1, Math.min(Math.floor(maxMs / TICK_MS), ticksAtFullPace(connections.length)));
  const batchSize = Math.ceil(connections.length / ticks);
  const lateTicks = ticksAtFullPace(connections.length) - ticks;
  const returnWithinMs = Math.max(SHORTEST_RETURN_MS, lateTicks * TICK_MS);
  let closed = 0;
  for (let start = 0; start < connections.length; start += batchSize) {
    // Half a tick to one and a half, which adds up to as much.
    if (start > 0) await wait(TICK_MS * (0.5 + random()));
    if (isOver()) break;
    for (const connection of connections.slice(start, start + batchSize)) {
      apply(hub.sendAway(connection, returnWithinMs));
      closed++;
    }
  }
  return closed;
}

function ticksAtFullPace(connections: number): number {
  return Math.ceil((connections / CLOSES_A_SECOND) * (1000 / TICK_MS));
}

function openConnections(hub: Hub): Connection[] {
  const connections: Connection[] = [];
  for (const state of hub.states) connections.push(...state.connections.values());
  return connections;
}

/** In place, every order as likely as any other. */
function shuffled(connections: Connection[], random: () => number): Connection[] {
  for (let last = connections.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    const moved = connections[last];
    const other = connections[chosen];
    if (moved === undefined || other === undefined) break;
    connections[last] = other;
    connections[chosen] = moved;
  }
  return connections;
}
