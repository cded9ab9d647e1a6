import type { Identity } from "./place-store.ts";

interface Known {
  isAlive: boolean;
  /** How many rolls had been asked for when it was first heard of. */
  readonly since: number;
  /** How many when it was last heard of. */
  heard: number;
}

export interface Judgement {
  /** Identities whose claims count no longer, or count again. */
  readonly turned: readonly Identity[];
  /** Nodes of which an identity lived until now, and none does any more. */
  readonly nodesGone: readonly string[];
}

/** So many rolls after it was last heard of, a dead identity is forgotten. Heard of again, it counts until the next roll. */
const DEAD_REMEMBERED_ROLLS = 300;

/**
 * Which identities live, as far as this node has heard. One that was never heard of counts until a roll says otherwise that
 * was asked for afterwards: a roll that was asked for before may be older than the identity.
 */
export class Census {
  readonly #nodeId: string;
  readonly #known = new Map<Identity, Known>();
  #asked = 0;

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  /** How many rolls have been asked for. */
  get asked(): number {
    return this.#asked;
  }

  /** How many other nodes live. */
  get others(): number {
    return [...this.#known.values()].filter(({ isAlive }) => isAlive).length;
  }

  /** Whether the claims of an identity count here. Those of this node never do, of no epoch: it has them itself. */
  counts(identity: Identity): boolean {
    if (nodeIdOf(identity) === this.#nodeId) return false;
    const known = this.#known.get(identity);
    if (known) {
      known.heard = this.#asked;
      return known.isAlive;
    }
    this.#known.set(identity, { isAlive: true, since: this.#asked, heard: this.#asked });
    return true;
  }

  /** Call when a roll is asked for. Returns its number. */
  ask(): number {
    return ++this.#asked;
  }

  /**
   * Takes over a roll.
   * @param mayDie false: nobody is taken for dead because of it.
   */
  judge(alive: readonly Identity[], number: number, mayDie: boolean): Judgement {
    const living = new Set(alive.filter((identity) => nodeIdOf(identity) !== this.#nodeId));
    const turned: Identity[] = [];
    for (const [identity, known] of this.#known) {
      if (living.delete(identity)) {
        if (!known.isAlive) turned.push(identity);
        known.isAlive = true;
      } else if (known.isAlive) {
        if (!mayDie || known.since >= number) continue;
        known.isAlive = false;
        turned.push(identity);
      } else if (known.heard < number - DEAD_REMEMBERED_ROLLS) {
        this.#known.delete(identity);
      }
    }
    for (const identity of living) {
      this.#known.set(identity, { isAlive: true, since: number - 1, heard: number });
    }
    return { turned, nodesGone: this.#nodesGone(turned) };
  }

  #nodesGone(turned: readonly Identity[]): string[] {
    const dead = turned.filter((identity) => !this.#known.get(identity)?.isAlive);
    if (dead.length === 0) return [];
    const living = new Set<string>();
    for (const [identity, { isAlive }] of this.#known) if (isAlive) living.add(nodeIdOf(identity));
    return [...new Set(dead.map(nodeIdOf))].filter((nodeId) => !living.has(nodeId));
  }
}

/** The part of an identity that stays over its epochs. */
export function nodeIdOf(identity: Identity): string {
  return identity.slice(0, identity.lastIndexOf("."));
}
