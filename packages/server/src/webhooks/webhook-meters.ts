import { increment } from "../metrics/meters.ts";
import type { PostErrorCode } from "./post-error.ts";

/** What an endpoint is owed. */
export interface Owed {
  readonly appId: string;
  readonly events: number;
  readonly oldestMs: number;
  /** When it is time to count again, on the clock of `performance`. */
  readonly countAgainAtMs: number;
}

/** Counts of what webhooks do, for metrics. Keys are an app's id and a word whose number is bounded, with a blank between. */
export class WebhookMeters {
  readonly events = new Map<string, number>();
  readonly attempts = new Map<string, number>();
  readonly outcomes = new Map<string, number>();
  readonly losses = new Map<string, number>();
  /** What each endpoint that this process sends to is owed, as of a moment ago. */
  readonly owedNow = new Map<string, Owed>();

  owed(appId: string, type: string): void {
    increment(this.events, `${appId} ${type}`);
  }

  attempted(appId: string, error: PostErrorCode | null): void {
    increment(this.attempts, `${appId} ${error ?? "ok"}`);
  }

  finished(appId: string, outcome: "delivered" | "dead", events: number): void {
    const key = `${appId} ${outcome}`;
    this.outcomes.set(key, (this.outcomes.get(key) ?? 0) + events);
  }

  lost(appId: string, reason: "queue_full"): void {
    increment(this.losses, `${appId} ${reason}`);
  }

  forget(appId: string): void {
    for (const counts of [this.events, this.attempts, this.outcomes, this.losses]) {
      for (const key of counts.keys()) if (key.startsWith(`${appId} `)) counts.delete(key);
    }
  }
}
