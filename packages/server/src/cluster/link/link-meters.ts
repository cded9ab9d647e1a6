/** What a link counts, for metrics. */
export class LinkMeters {
  readonly messages = { in: 0, out: 0 };
  /** Commands, messages among them, that Redis has not answered yet. */
  unanswered = 0;
  /** Connections to Redis that were made anew after an outage. */
  reconnects = 0;
  /** Seconds that the last message to itself was on its way; `null` before the first. */
  echoSeconds: number | null = null;
  readonly #dropped = new Map<string, number>();
  readonly #notCarried = new Map<string, number>();

  /** Messages that arrived and were not taken, by reason. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  /** What could not be sent, by kind. */
  get notCarried(): ReadonlyMap<string, number> {
    return this.#notCarried;
  }

  /** A message was not taken: `unsigned`, or `malformed` or `stale` as whoever reads it found. */
  drop(reason: "unsigned" | "malformed" | "stale"): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  /** Something could not be sent to the other nodes. */
  couldNotCarry(kind: string): void {
    this.#notCarried.set(kind, (this.#notCarried.get(kind) ?? 0) + 1);
  }
}
