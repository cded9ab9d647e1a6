import type { Member } from "@usher/protocol";

interface Entry {
  member: Member;
  connections: number;
}

interface Others {
  readonly members: Map<string, Member>;
  /** Those of them who are here as well, and whose information came from there last. */
  readonly newer: Set<string>;
  /** How many of them are not here as well. */
  absentHere: number;
}

const NOBODY: ReadonlyMap<string, Member> = new Map();

/**
 * Who is present on one presence channel. Two tabs are one member: the roster counts the connections of each user and
 * answers when `member_added` and `member_removed` are due. In a cluster it also has the members on other nodes, and whoever
 * is on several is one member all the same.
 *
 * Newcomers see the information of a member that came last, from here or from another node; members already here are not
 * told, as on the hosted service.
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
    this.#others?.newer.delete(member.userId);
    const entry = this.#entries.get(member.userId);
    if (!entry) {
      this.#entries.set(member.userId, { member, connections: 1 });
      if (!this.#others || !this.#isElsewhere(member.userId)) return true;
      this.#others.absentHere--;
      return false;
    }
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
    this.#others?.newer.delete(userId);
    if (!this.#others || !this.#isElsewhere(userId)) return true;
    this.#others.absentHere++;
    return false;
  }

  /**
   * Takes in that a user is on some other node, or what is known of them there. Returns true when the user was absent before.
   */
  addElsewhere(member: Member): boolean {
    const { userId } = member;
    this.#others ??= { members: new Map(), newer: new Set(), absentHere: 0 };
    const { members, newer } = this.#others;
    const wasAbsent = !this.has(userId);
    const known = members.get(userId);
    // What is only told again, as when a place is read once more, is not newer than what was given here since.
    const isNews = !known || known.userInfoJson !== member.userInfoJson;
    if (isNews && this.#entries.has(userId)) newer.add(userId);
    members.set(userId, member);
    if (wasAbsent) this.#others.absentHere++;
    return wasAbsent;
  }

  /** Takes in that a user is on no other node any more. Returns true when the user is absent now. */
  removeElsewhere(userId: string): boolean {
    this.#others?.newer.delete(userId);
    if (!this.#others?.members.delete(userId) || this.#entries.has(userId)) return false;
    this.#others.absentHere--;
    return true;
  }

  /** As newcomers see them. */
  members(): Member[] {
    const here = Array.from(this.#entries.values(), ({ member }) => this.#latest(member));
    for (const [userId, member] of this.membersElsewhere) if (!this.#entries.has(userId)) here.push(member);
    return here;
  }

  /** By user id, with the information that they gave here. */
  membersHere(): Map<string, Member> {
    return new Map(Array.from(this.#entries, ([userId, { member }]) => [userId, member]));
  }

  get membersElsewhere(): ReadonlyMap<string, Member> {
    return this.#others?.members ?? NOBODY;
  }

  /** A member as newcomers see it, and how many connections it has here. */
  find(userId: string): Readonly<Entry> | undefined {
    const entry = this.#entries.get(userId);
    if (entry) return { ...entry, member: this.#latest(entry.member) };
    const member = this.#others?.members.get(userId);
    return member && { member, connections: 0 };
  }

  userIds(): string[] {
    return this.members().map(({ userId }) => userId);
  }

  #latest(given: Member): Member {
    const others = this.#others;
    return (others?.newer.has(given.userId) && others.members.get(given.userId)) || given;
  }

  #isElsewhere(userId: string): boolean {
    return this.#others?.members.has(userId) === true;
  }
}
