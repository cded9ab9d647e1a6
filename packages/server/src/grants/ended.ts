/** What was taken away on this node: subscriptions and sign-ins at once, the connections within so many seconds. */
export interface Ended {
  readonly connections: number;
  readonly subscriptions: number;
  readonly signIns: number;
  readonly withinSeconds: number;
}

export const NOTHING_ENDED: Ended = { connections: 0, subscriptions: 0, signIns: 0, withinSeconds: 0 };

const MOST_REPORTS = 1_000;

/** What ended with each secret that was revoked and each restriction that was made: the latest thousand of both. */
export class EndedReports {
  readonly #reports = new Map<string, Ended>();

  /** @param id of the secret or the restriction. */
  of(id: string): Ended | undefined {
    return this.#reports.get(id);
  }

  record(id: string, ended: Ended): void {
    this.#reports.delete(id);
    this.#reports.set(id, ended);
    if (this.#reports.size <= MOST_REPORTS) return;
    const [oldest] = this.#reports.keys();
    if (oldest !== undefined) this.#reports.delete(oldest);
  }
}
