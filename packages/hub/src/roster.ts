import type { Member } from "@usher/protocol";

interface Entry {
  member: Member;
  connections: number;
}

interface Others {
  readonly members: Map<string, Member>;
  /** How many of them are not here as well. */
  absentHere: number;
}

const NOBODY: ReadonlyMap<string, Member> = new Map();

/**
 * Who is present on one presence channel. Two tabs are one member: the roster counts the connections of each user and
 * answers when `member_added` and `member_removed` are due. In a cluster it also has the members on other nodes, and whoever
 * is on several is one member all the same.
 *
 * The caller adds a connection at most once; a subscription is that promise.
 */
export class Roster {
  readonly #entries = new Map<string, Entry>();
  #others: Others | undefined;

  get size(): number {
    return this.#entries.size + (this.#others?.absentHere ?? 0);
  }

  has(userId: string): boolean {
    return this.#entries.has(userId) || this.#isElsewhere(userId);
  }

  /** Returns true when the user was absent before, which is when `member_added` is due. */
  add(member: Member): boolean {
    const entry = this.#entries.get(member.userId);
    if (!entry) {
      this.#entries.set(member.userId, { member, connections: 1 });
      if (!this.#others || !this.#isElsewhere(member.userId)) return true;
      this.#others.absentHere--;
      return false;
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
    this.#entries.delete(userId);
    if (!this.#others || !this.#isElsewhere(userId)) return true;
    this.#others.absentHere++;
    return false;
  }

  /** Takes in that a user is on some other node. Returns true when the user was absent before. */
  addElsewhere(member: Member): boolean {
    this.#others ??= { members: new Map(), absentHere: 0 };
    const wasAbsent = !this.has(member.userId);
    this.#others.members.set(member.userId, member);
    if (wasAbsent) this.#others.absentHere++;
    return wasAbsent;
  }

  /** Takes in that a user is on no other node any more. Returns true when the user is absent now. */
  removeElsewhere(userId: string): boolean {
    if (!this.#others?.members.delete(userId) || this.#entries.has(userId)) return false;
    this.#others.absentHere--;
    return true;
  }

  /** Newcomers see those who are here with the information that they gave here. */
  members(): Member[] {
    const here = Array.from(this.#entries.values(), (entry) => entry.member);
    for (const [userId, member] of this.membersElsewhere) if (!this.#entries.has(userId)) here.push(member);
    return here;
  }

  membersHere(): Map<string, Member> {
    return new Map(Array.from(this.#entries, ([userId, { member }]) => [userId, member]));
  }

  get membersElsewhere(): ReadonlyMap<string, Member> {
    return this.#others?.members ?? NOBODY;
  }

  /** A member as newcomers see it, and how many connections it has here. */
  find(userId: string): Readonly<Entry> | undefined {
    const entry = this.#entries.get(userId);
    if (entry) return entry;
    const member = this.#others?.members.get(userId);
    return member && { member, connections: 0 };
  }

  userIds(): string[] {
    return this.members().map(({ userId }) => userId);
  }

  #isElsewhere(userId: string): boolean {
    return this.#others?.members.has(userId) === true;
  }
}
