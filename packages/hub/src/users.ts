import type { Connection } from "./connection.ts";

const NOBODY: ReadonlySet<Connection> = new Set();

/**
 * Who is signed in to one app, and who watches whom.
 *
 * A watched user who leaves is reported offline only after a grace, so that a page reload does not flicker.
 */
export class Users {
  readonly #connections = new Map<string, Set<Connection>>();
  readonly #watchers = new Map<string, Set<Connection>>();
  readonly #leaving = new Map<string, number>();
  /** Somebody may watch a user from another node, so each has the grace. */
  readonly #isClustered: boolean;

  constructor(isClustered = false) {
    this.#isClustered = isClustered;
  }

  /** How many entries all indexes hold; zero when nobody is there. */
  get size(): number {
    return this.#connections.size + this.#watchers.size + this.#leaving.size;
  }

  /** How many users are signed in. */
  get onlineCount(): number {
    return this.#connections.size;
  }

  connectionsOf(userId: string): ReadonlySet<Connection> {
    return this.#connections.get(userId) ?? NOBODY;
  }

  watchersOf(userId: string): ReadonlySet<Connection> {
    return this.#watchers.get(userId) ?? NOBODY;
  }

  isOnline(userId: string): boolean {
    return this.#connections.has(userId) || this.#leaving.has(userId);
  }

  /** Somebody is signed in as the user, is about to be taken for offline, or watches. */
  isWanted(userId: string): boolean {
    return this.isOnline(userId) || this.#watchers.has(userId);
  }

  /** Everybody for whom that is so. */
  wanted(): Set<string> {
    return new Set([...this.#connections.keys(), ...this.#leaving.keys(), ...this.#watchers.keys()]);
  }

  /** Returns true when the user was offline before, which is when watchers are told. */
  add(userId: string, connection: Connection): boolean {
    const isFirst = addTo(this.#connections, userId, connection);
    const wasLeaving = this.#leaving.delete(userId);
    return isFirst && !wasLeaving;
  }

  /** Starts the grace after which watchers are told, when this was the user's last connection and somebody watches. */
  remove(userId: string, connection: Connection, offlineAtMs: number): void {
    const wasLast = removeFrom(this.#connections, userId, connection);
    if (wasLast && (this.#isClustered || this.#watchers.has(userId))) this.#leaving.set(userId, offlineAtMs);
  }

  watch(userIds: readonly string[], connection: Connection): void {
    for (const userId of userIds) addTo(this.#watchers, userId, connection);
  }

  unwatch(userIds: readonly string[], connection: Connection): void {
    for (const userId of userIds) {
      const wasLast = removeFrom(this.#watchers, userId, connection);
      if (wasLast && !this.#isClustered) this.#leaving.delete(userId);
    }
  }

  /** The users whose grace is over. Each is returned once. */
  takeOffline(nowMs: number): string[] {
    const offline: string[] = [];
    for (const [userId, dueAtMs] of this.#leaving) {
      if (dueAtMs > nowMs) continue;
      this.#leaving.delete(userId);
      offline.push(userId);
    }
    return offline;
  }
}

/** Returns true when the set was empty before. */
function addTo(index: Map<string, Set<Connection>>, key: string, connection: Connection): boolean {
  const connections = index.get(key);
  if (connections) {
    connections.add(connection);
    return false;
  }
  index.set(key, new Set([connection]));
  return true;
}

/** Returns true when the set became empty, and drops it. */
function removeFrom(index: Map<string, Set<Connection>>, key: string, connection: Connection): boolean {
  const connections = index.get(key);
  if (!connections?.delete(connection) || connections.size > 0) return false;
  return index.delete(key);
}
