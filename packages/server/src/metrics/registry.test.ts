import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { DEFAULT_APP_SETTINGS, Hub } from "@usher/hub";
import { LinkMeters } from "../cluster/link/link-meters.ts";
import { WebhookMeters } from "../webhooks/webhook-meters.ts";
import { Meters } from "./meters.ts";
import { metricsRegistry } from "./registry.ts";

const OPERATIONS = new URL("../../../../docs/operations.md", import.meta.url);

function registryWith(meters: Meters, linkMeters = new LinkMeters()) {
  const hub = new Hub({
    findAppByKey: () => undefined,
    hmacHex: () => "",
    random: Math.random,
    maxConnections: null,
  });
  hub.stateFor({
    id: "3",
    name: "test",
    enabled: true,
    keys: [],
    settings: DEFAULT_APP_SETTINGS,
    restrictions: [],
  });
  return metricsRegistry({
    hub,
    meters,
    webhooks: { meters: new WebhookMeters(), queued: 0, endpointsDown: 0 },
    fallback: {
      counts: () => ({ xhr_streaming: 0, xhr_polling: 0 }),
      opened: { xhr_streaming: 0, xhr_polling: 0 },
    },
    cluster: {
      meters: linkMeters,
      isUp: () => true,
      places: () => ({ places: 5, stale: 1, unclaimed: 2, isLeaseHeld: true, otherNodes: 2 }),
    },
    version: "1",
    admission: { waitingCount: 3, delayed: 17 },
    isDraining: () => false,
    loopLagSeconds: () => 0,
  });
}

test("every metric of ours is in docs/operations.md", async () => {
  const page = await readFile(OPERATIONS, "utf8");
  const metrics = await registryWith(new Meters()).getMetricsAsJSON();
  const names = metrics.map(({ name }) => name).filter((name) => name.startsWith("usher_"));
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test("counters show what was counted, by reason, and the same again at the next scrape", async () => {
  const meters = new Meters();
  meters.published("3", 1_000, 50);
  meters.ofApp("3").closed("slow_consumer");
  meters.ofApp("3").authorizations.set("subscribe signature_mismatch", 2);
  const registry = registryWith(meters);
  for (let scrape = 0; scrape < 2; scrape++) {
    const text = await registry.metrics();
    expect(text).toContain('usher_messages_sent_total{app_id="3"} 1000');
    expect(text).toContain('usher_published_bytes_total{app_id="3"} 50000');
    expect(text).toContain('usher_closes_total{app_id="3",code="slow_consumer"} 1');
    expect(text).toContain(
      'usher_authorizations_total{app_id="3",operation="subscribe",outcome="signature_mismatch"} 2',
    );
  }
});

test("a cluster's counters by direction, reason and kind", async () => {
  const linkMeters = new LinkMeters();
  linkMeters.messages.out = 7;
  linkMeters.unanswered = 4;
  linkMeters.drop("unsigned");
  linkMeters.couldNotCarry("event");
  const text = await registryWith(new Meters(), linkMeters).metrics();
  expect(text).toContain("usher_cluster_up 1");
  expect(text).toContain("usher_cluster_nodes 3");
  expect(text).toContain("usher_cluster_places 5");
  expect(text).toContain("usher_cluster_stale_places 1");
  expect(text).toContain("usher_cluster_unclaimed_places 2");
  expect(text).toContain("usher_cluster_unanswered_commands 4");
  expect(text).toContain('usher_cluster_messages_total{direction="out"} 7');
  expect(text).toContain('usher_cluster_dropped_total{reason="unsigned"} 1');
  expect(text).toContain('usher_cluster_not_carried_total{kind="event"} 1');
  expect(text).toContain("usher_cluster_reconnects_total 0");
});
