import type { Member } from "@usher/protocol";

interface Entry {
  member: Member;
  connections: number;
}

/**
 * Who is present on one presence channel. Two tabs are one member: the roster counts the connections of each user and
 * answers when `member_added` and `member_removed` are due.
 *
 * The caller adds a connection at most once; a subscription is that promise.
 */
export class Roster {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  has(userId: string): boolean {
    return this.#entries.has(userId);
  }

  /** Returns true when the user was absent before, which is when `member_added` is due. */
  add(member: Member): boolean {
    const entry = this.#entries.get(member.userId);
    if (!entry) {
      this.#entries.set(member.userId, { member, connections: 1 });
      return true;
    }
    // Newcomers see the latest information; members already here are not told, as on the hosted service.
    entry.member = member;
    entry.connections++;
    return false;
  }

  /** Returns true when this was the user's last connection, which is when `member_removed` is due. */
  remove(userId: string): boolean {
    const entry = this.#entries.get(userId);
    if (!entry) return false;
    entry.connections--;
    if (entry.connections > 0) return false;
    return this.#entries.delete(userId);
  }

  members(): Member[] {
    return Array.from(this.#entries.values(), (entry) => entry.member);
  }

  /** A member as newcomers see it, and how many connections it has. */
  find(userId: string): Readonly<Entry> | undefined {
    return this.#entries.get(userId);
  }

  userIds(): string[] {
    return [...this.#entries.keys()];
  }
}
