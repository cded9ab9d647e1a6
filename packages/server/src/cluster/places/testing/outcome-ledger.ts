import { nodeIdOf } from "../census.ts";
import { placeKey } from "../place-key.ts";
import type { ClaimOutcome, Identity, PlaceRef } from "../place-store.ts";

interface Decision {
  readonly key: string;
  /** Whose claim was changed. */
  readonly by: Identity;
  readonly outcome: ClaimOutcome;
  /** Taken away when it was dead. */
  readonly isReaped: boolean;
  timesHeard: number;
  /** It may be lost: nobody is left who asked for it. */
  isExcused: boolean;
}

/** Everything that the store has decided, and what the nodes were told of it. */
export class OutcomeLedger {
  readonly #decisions = new Map<string, Decision>();
  readonly #occupied = new Set<string>();
  readonly #members = new Map<string, Set<string>>();
  /** By node or identity, and place: the last version that the node was told of its own doings. */
  readonly #lastHeard = new Map<string, number>();
  readonly #gone = new Set<string>();
  #problem: string | undefined;
  #repeated = 0;

  get count(): number {
    return this.#decisions.size;
  }

  get repeated(): number {
    return this.#repeated;
  }

  get lost(): number {
    return [...this.#decisions.values()].filter(({ timesHeard }) => timesHeard === 0).length;
  }

  /** The store has changed something. What it says must follow from what it has said before. */
  made(ref: PlaceRef, by: Identity, outcome: ClaimOutcome, isReaped: boolean): void {
    const { version, becameOccupied, becameVacant, membersAdded, membersRemoved } = outcome;
    const key = placeKey(ref);
    const members = this.#members.get(key) ?? new Set();
    this.#members.set(key, members);
    if (becameOccupied && this.#occupied.has(key)) this.#problem ??= `${key} is occupied twice`;
    if (becameVacant && !this.#occupied.has(key)) this.#problem ??= `${key} is vacated twice`;
    if (becameOccupied) this.#occupied.add(key);
    if (becameVacant) this.#occupied.delete(key);
    for (const userId of membersAdded) {
      if (members.has(userId)) this.#problem ??= `${key}: ${userId} is added twice`;
      members.add(userId);
    }
    for (const userId of membersRemoved) {
      if (!members.delete(userId)) this.#problem ??= `${key}: ${userId} is removed twice`;
    }
    if (!becameOccupied && !becameVacant && membersAdded.length + membersRemoved.length === 0) return;
    const isExcused = !isReaped && this.#gone.has(nodeIdOf(by));
    this.#decisions.set(`${key} ${version}`, { key, by, outcome, isReaped, timesHeard: 0, isExcused });
  }

  /** A node was told. Returns what is wrong with that. */
  heard(nodeId: string, ref: PlaceRef, outcome: ClaimOutcome): string | undefined {
    const key = placeKey(ref);
    const decision = this.#decisions.get(`${key} ${outcome.version}`);
    if (!decision) return `${nodeId} was told what never happened at ${key}`;
    decision.timesHeard++;
    const isOwn = nodeIdOf(decision.by) === nodeId;
    if (decision.timesHeard > 1) {
      this.#repeated++;
      // Who reaps may die, or be cut off, between hearing and saying so; then the next one is told too.
      if (isOwn && !this.#gone.has(nodeId)) return `${nodeId} was told twice of its own change at ${key}`;
    }
    if (isOwn && decision.timesHeard === 1 && !this.#isInOrder(nodeId, decision)) {
      return `${nodeId} was told of its changes at ${key} out of order`;
    }
    return undefined;
  }

  /**
   * Each change after those before it, whatever the node was called then, and the end of an identity after all that it did.
   * The end of a former identity may be heard of after what the new one did: who reaps is one of many, and may have to ask twice.
   */
  #isInOrder(nodeId: string, { key, by, outcome: { version }, isReaped }: Decision): boolean {
    const orders = isReaped ? [by] : [by, nodeId];
    return orders.every((order) => {
      const last = this.#lastHeard.get(`${order} ${key}`) ?? 0;
      this.#lastHeard.set(`${order} ${key}`, version);
      return version > last;
    });
  }

  /** What only this node was to be told may be lost with it; what is reaped of it is told to another. */
  left(nodeId: string): void {
    this.#gone.add(nodeId);
    for (const decision of this.#decisions.values()) {
      if (nodeIdOf(decision.by) === nodeId && !decision.isReaped) decision.isExcused = true;
    }
  }

  /** The store remembers nothing: what it has said before binds it no longer. */
  forgotten(): void {
    this.#occupied.clear();
    this.#members.clear();
    for (const decision of this.#decisions.values()) decision.isExcused = true;
  }

  /** The store no longer knows what it answered; whoever has not heard it never will. */
  answerForgotten(ref: PlaceRef, { version }: ClaimOutcome): void {
    const decision = this.#decisions.get(`${placeKey(ref)} ${version}`);
    if (decision) decision.isExcused = true;
  }

  /** How a place ends up, going by what was decided. */
  endOf(key: string): { readonly isOccupied: boolean; readonly members: ReadonlySet<string> } {
    return { isOccupied: this.#occupied.has(key), members: this.#members.get(key) ?? new Set() };
  }

  /** What is wrong: a decision that contradicts those before, or that nobody was told of and should have been. */
  problem(): string | undefined {
    if (this.#problem) return this.#problem;
    for (const { timesHeard, isExcused, key, by, outcome } of this.#decisions.values()) {
      if (timesHeard > 0 || isExcused) continue;
      return `nobody was told of version ${outcome.version} of ${key}, by ${by}: ${JSON.stringify(outcome)}`;
    }
    return undefined;
  }
}
