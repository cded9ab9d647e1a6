import type { AppMeters, Meters } from "../metrics/meters.ts";
import type { WebhookMeters } from "../webhooks/webhook-meters.ts";
import type { Counts } from "./bucket.ts";
import { ALL_APPS } from "./rollup-store.ts";

/**
 * Every count of a server since it started, by app, under the names that they are kept with: a word, or a group and a word
 * with a colon between. What belongs to no app stands under `ALL_APPS`.
 */
export function countsOf(meters: Meters, webhooks: WebhookMeters): Map<string, Counts> {
  const byApp = new Map<string, Tally>();
  const of = (appId: string) => {
    const known = byApp.get(appId);
    if (known) return known;
    const fresh = new Tally();
    byApp.set(appId, fresh);
    return fresh;
  };
  for (const [appId, app] of meters.apps()) addApp(of(appId), app);
  addWebhooks(of, webhooks);
  for (const [code, count] of meters.strayHandshakes) of(ALL_APPS).add(`handshakes:${code}`, count);
  return new Map([...byApp].map(([appId, tally]) => [appId, tally.counts]));
}

/** What was counted between two looks. A count that went back was begun anew. */
export function countedSince(before: Counts, now: Counts): Counts {
  const difference: Record<string, number> = {};
  for (const [name, count] of Object.entries(now)) {
    const former = before[name] ?? 0;
    const added = count >= former ? count - former : count;
    if (added > 0) difference[name] = added;
  }
  return difference;
}

class Tally {
  readonly counts: Record<string, number> = {};

  add(name: string, count: number): void {
    if (count > 0) this.counts[name] = (this.counts[name] ?? 0) + count;
  }
}

function addApp(tally: Tally, app: AppMeters): void {
  tally.add("connections_opened", app.connectionsOpened);
  tally.add("connections_closed", app.connectionsClosed);
  tally.add("messages_in", app.messagesReceived);
  tally.add("messages_out", app.messagesSent);
  tally.add("client_events", app.clientEvents);
  for (const [key, count] of app.requests) tally.add(`requests:${statusClass(key)}`, count);
  for (const [key, count] of app.authorizations) {
    const [operation, outcome] = key.split(" ");
    tally.add(`${operation === "signin" ? "sign_ins" : "subscriptions"}:${outcome}`, count);
  }
  for (const [cause, count] of app.grantsEnded) tally.add(`grants_ended:${cause}`, count);
  for (const [code, count] of app.closes) tally.add(`closes:${code}`, count);
  for (const [code, count] of app.refusedHandshakes) tally.add(`handshakes:${code}`, count);
  for (const [key, count] of app.refused) tally.add(`refused:${key}`, count);
}

/** `events 200` is of the class `2xx`. */
function statusClass(key: string): string {
  return `${key.split(" ").at(-1)?.charAt(0)}xx`;
}

function addWebhooks(of: (appId: string) => Tally, webhooks: WebhookMeters): void {
  const groups = [
    [webhooks.events, () => "owed"],
    [webhooks.attempts, (word: string) => (word === "ok" ? "attempts_ok" : "attempts_failed")],
    [webhooks.outcomes, (word: string) => word],
    [webhooks.losses, () => "lost"],
  ] as const;
  for (const [counts, nameOf] of groups) {
    for (const [key, count] of counts) {
      const [appId = "", word = ""] = key.split(" ");
      of(appId).add(`webhooks:${nameOf(word)}`, count);
    }
  }
}
