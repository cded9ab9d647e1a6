import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import type { LinkMeters } from "../cluster/link/link-meters.ts";
import type { PlacesState } from "../cluster/places/places.ts";

export interface ClusterSources {
  readonly meters: LinkMeters;
  readonly isUp: () => boolean;
  readonly places: () => PlacesState;
}

/** What a server that has Redis adds to `/metrics`. */
export function addClusterMetrics(registry: Registry, { meters, isUp, places }: ClusterSources): void {
  gauge(registry, "up", "1 while this server is connected to Redis.", () => (isUp() ? 1 : 0));
  gauge(
    registry,
    "echo_seconds",
    "How long this server's last message to itself through Redis was on its way.",
    () => meters.echoSeconds ?? 0,
  );
  gauge(registry, "nodes", "Servers that take part, this one included.", () => places().otherNodes + 1);
  gauge(registry, "places", "Channels and users that this server listens to.", () => places().places);
  gauge(
    registry,
    "stale_places",
    "Those of which this server may not know all that the others have; it reads them again.",
    () => places().stale,
  );
  gauge(
    registry,
    "unclaimed_places",
    "Those of which Redis may not know what this server has; it is told again.",
    () => places().unclaimed,
  );
  gauge(
    registry,
    "unanswered_commands",
    "Commands, messages among them, that Redis has not answered yet.",
    () => meters.unanswered,
  );
  counter(registry, "messages", "Messages between servers, by direction.", "direction", () =>
    Object.entries(meters.messages),
  );
  counter(registry, "dropped", "Messages that arrived and were not taken.", "reason", () => meters.dropped);
  counter(
    registry,
    "not_carried",
    "What could not be sent to the other servers.",
    "kind",
    () => meters.notCarried,
  );
  counter(registry, "reconnects", "Connections to Redis made anew after an outage.", undefined, () => [
    ["", meters.reconnects],
  ]);
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `usher_cluster_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

function counter(
  registry: Registry,
  name: string,
  help: string,
  label: string | undefined,
  read: () => Iterable<readonly [string, number]>,
): void {
  new Counter({
    name: `usher_cluster_${name}_total`,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [word, count] of read()) this.inc(label === undefined ? {} : { [label]: word }, count);
    },
  });
}
