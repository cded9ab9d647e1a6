import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import type { Webhooks } from "../webhooks/webhooks.ts";

export type WebhookSources = Pick<Webhooks, "meters" | "queued" | "endpointsDown">;

/** What webhooks add to `/metrics`. */
export function addWebhookMetrics(registry: Registry, webhooks: WebhookSources): void {
  addGauges(registry, webhooks);
  const { meters } = webhooks;
  counter(registry, "events", "Events that became owed to an endpoint, by type.", "type", meters.events);
  counter(registry, "requests", "Requests to endpoints, by result.", "result", meters.attempts);
  counter(registry, "finished", "Events delivered, and events given up.", "outcome", meters.outcomes);
  counter(registry, "lost", "Events that could not be kept, by reason.", "reason", meters.losses);
}

function addGauges(registry: Registry, webhooks: WebhookSources): void {
  const { meters } = webhooks;
  new Gauge({
    name: "usher_webhook_queued_events",
    help: "Events in memory that are not on disk yet.",
    registers: [registry],
    collect() {
      this.set(webhooks.queued);
    },
  });
  new Gauge({
    name: "usher_webhook_endpoints_down",
    help: "Endpoints that fail again and again, of those that this server sends to.",
    registers: [registry],
    collect() {
      this.set(webhooks.endpointsDown);
    },
  });
  new Gauge({
    name: "usher_webhook_owed_events",
    help: "Events on disk that are to be delivered.",
    labelNames: ["app_id", "endpoint_id"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [endpointId, { appId, events }] of meters.owedNow)
        this.set({ app_id: appId, endpoint_id: endpointId }, events);
    },
  });
  new Gauge({
    name: "usher_webhook_oldest_owed_seconds",
    help: "Age of the oldest event that is to be delivered.",
    labelNames: ["app_id", "endpoint_id"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [endpointId, { appId, oldestMs }] of meters.owedNow) {
        const ageMs = Math.max(0, Date.now() - oldestMs);
        this.set({ app_id: appId, endpoint_id: endpointId }, ageMs / 1000);
      }
    },
  });
}

/** @param counts by an app's id and one word. */
function counter(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  counts: ReadonlyMap<string, number>,
): void {
  new Counter({
    name: `usher_webhook_${name}_total`,
    help,
    labelNames: ["app_id", label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [key, count] of counts) {
        const [appId = "", word = ""] = key.split(" ");
        this.inc({ app_id: appId, [label]: word }, count);
      }
    },
  });
}
