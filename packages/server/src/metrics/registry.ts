import { Counter, Gauge, Registry } from "@prometheus-io/client";
import type { Hub } from "@usher/hub";
import type { Admission } from "../admission/admission.ts";
import type { HttpFallback } from "../edges/http-fallback/http-fallback.ts";
import { addClusterMetrics, type ClusterSources } from "./cluster-metrics.ts";
import type { AppMeters, Meters } from "./meters.ts";
import { addWebhookMetrics, type WebhookSources } from "./webhook-metrics.ts";

export interface MetricSources {
  readonly hub: Hub;
  readonly meters: Meters;
  readonly webhooks: WebhookSources;
  /** Undefined where clients without WebSocket are not served. */
  readonly fallback: Pick<HttpFallback, "counts" | "opened"> | undefined;
  /** Left out for a server of its own. */
  readonly cluster?: ClusterSources | undefined;
  readonly version: string;
  readonly admission: Pick<Admission, "waitingCount" | "delayed">;
  readonly isDraining: () => boolean;
  /** How late the sweep last ran, in seconds: a loop that is busy runs everything late. */
  readonly loopLagSeconds: () => number;
}

/** Everything at `/metrics`. Gauges are computed from state at each scrape, so they cannot drift. */
export function metricsRegistry(sources: MetricSources): Registry {
  const registry = new Registry();
  addProcessMetrics(registry, sources);
  addGauges(registry, sources);
  addCounters(registry, sources.meters);
  addAdmissionMetrics(registry, sources.admission);
  if (sources.fallback) addFallbackMetrics(registry, sources.fallback);
  addWebhookMetrics(registry, sources.webhooks);
  if (sources.cluster) addClusterMetrics(registry, sources.cluster);
  return registry;
}

function addProcessMetrics(
  registry: Registry,
  { version, isDraining, loopLagSeconds, meters }: MetricSources,
): void {
  new Gauge({
    name: "usher_info",
    help: "Always 1; the version is in the label.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);
  gauge(
    registry,
    "usher_draining",
    "1 while the server is not ready for clients: it is drained, or stops.",
    () => (isDraining() ? 1 : 0),
  );
  gauge(registry, "usher_loop_lag_seconds", "How late the last housekeeping pass ran.", loopLagSeconds);
  gauge(
    registry,
    "usher_http_requests_in_flight",
    "HTTP API requests that are being answered.",
    () => meters.requestsInFlight,
  );
  gauge(registry, "process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  gauge(registry, "process_uptime_seconds", "Time since the process started.", () => process.uptime());
  gauge(registry, "process_cpu_seconds", "CPU time of the process, user and system.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
}

function addGauges(registry: Registry, { hub }: MetricSources): void {
  perApp(registry, "usher_connections", "Open connections.", hub, (state) => state.connections.size);
  perApp(registry, "usher_channels", "Occupied channels.", hub, (state) => state.channels.size);
  perApp(
    registry,
    "usher_users",
    "Entries in the indexes of signed-in and watched users.",
    hub,
    (state) => state.users.size,
  );
  perApp(
    registry,
    "usher_unauthorized_connections",
    "Connections that have proved nothing yet.",
    hub,
    (state) => state.unauthorized.size,
  );
  perApp(
    registry,
    "usher_cached_events",
    "Events held for cache channels.",
    hub,
    (state) => state.cache.size,
  );
  perApp(registry, "usher_subscriptions", "Subscriptions of all connections.", hub, (state) => {
    let subscriptions = 0;
    for (const channel of state.channels.values()) subscriptions += channel.connections.size;
    return subscriptions;
  });
}

function addCounters(registry: Registry, meters: Meters): void {
  const totals: readonly [string, string, (meters: AppMeters) => number][] = [
    ["connections_opened", "Connections accepted.", (app) => app.connectionsOpened],
    ["connections_closed", "Connections that have ended.", (app) => app.connectionsClosed],
    ["messages_received", "Frames received from clients.", (app) => app.messagesReceived],
    ["messages_sent", "Frames sent to clients.", (app) => app.messagesSent],
    ["published_bytes", "Bytes of events, times their receivers.", (app) => app.bytesPublished],
    ["client_events", "Client events passed on.", (app) => app.clientEvents],
    [
      "refusals_unexplained",
      "Refused signatures whose cause was not looked for, because there were too many.",
      (app) => app.unexplainedRefusals,
    ],
  ];
  for (const [name, help, read] of totals) {
    counter(registry, `usher_${name}_total`, help, ["app_id"], (add) => {
      for (const [appId, app] of meters.apps()) add({ app_id: appId }, read(app));
    });
  }
  byReason(
    registry,
    meters,
    "authorizations",
    "Authorizations asked for, by kind and outcome.",
    ["operation", "outcome"],
    (app) => app.authorizations,
  );
  byReason(
    registry,
    meters,
    "refusals",
    "Frames refused for other reasons than authorization.",
    ["operation", "code"],
    (app) => app.refusals,
  );
  byReason(
    registry,
    meters,
    "refusal_causes",
    "Refused signatures, by what was done wrong.",
    ["operation", "cause"],
    (app) => app.refusalCauses,
  );
  byReason(
    registry,
    meters,
    "closes",
    "Connections ended by the server, by reason.",
    ["code"],
    (app) => app.closes,
  );
  byReason(
    registry,
    meters,
    "grants_ended",
    "Subscriptions and sign-ins ended by the server while their connection was open, by cause.",
    ["cause"],
    (app) => app.grantsEnded,
  );
  byReason(
    registry,
    meters,
    "returns",
    "Clients that came back to a channel and asked for what they had missed, by what came of it.",
    ["outcome"],
    (app) => app.returns,
  );
  byReason(
    registry,
    meters,
    "http_requests",
    "HTTP API requests, by route and status.",
    ["route", "status"],
    (app) => app.requests,
  );
  counter(registry, "usher_handshakes_refused_total", "Connections refused, by reason.", ["code"], (add) => {
    for (const [code, count] of meters.refusedHandshakes) add({ code }, count);
  });
}

/** Who is refused for lack of room counts among the refused handshakes, as `too_many_handshakes`. */
function addAdmissionMetrics(registry: Registry, admission: MetricSources["admission"]): void {
  gauge(
    registry,
    "usher_handshakes_waiting",
    "Clients that wait to be let in.",
    () => admission.waitingCount,
  );
  counter(registry, "usher_handshakes_delayed_total", "Clients that had to wait to be let in.", [], (add) =>
    add({}, admission.delayed),
  );
}

function addFallbackMetrics(registry: Registry, fallback: NonNullable<MetricSources["fallback"]>): void {
  new Gauge({
    name: "usher_http_sessions",
    help: "Connections over HTTP, by transport.",
    labelNames: ["transport"],
    registers: [registry],
    collect() {
      for (const [transport, count] of Object.entries(fallback.counts())) this.set({ transport }, count);
    },
  });
  counter(
    registry,
    "usher_http_sessions_opened_total",
    "Connections accepted over HTTP, by transport.",
    ["transport"],
    (add) => {
      for (const [transport, count] of Object.entries(fallback.opened)) add({ transport }, count);
    },
  );
}

type AddTo = (labels: Record<string, string>, value: number) => void;

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

function perApp(
  registry: Registry,
  name: string,
  help: string,
  hub: Hub,
  read: (state: ReturnType<Hub["stateFor"]>) => number,
): void {
  new Gauge({
    name,
    help,
    labelNames: ["app_id"],
    registers: [registry],
    collect() {
      this.reset();
      for (const state of hub.states) this.set({ app_id: state.app.id }, read(state));
    },
  });
}

/** A counter whose values live elsewhere and are copied at each scrape. */
function counter(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  readAll: (add: AddTo) => void,
): void {
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      readAll((labels, value) => this.inc(labels, value));
    },
  });
}

/** Counters whose keys are `first second` for two labels. */
function byReason(
  registry: Registry,
  meters: Meters,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: (app: AppMeters) => ReadonlyMap<string, number>,
): void {
  counter(registry, `usher_${name}_total`, help, ["app_id", ...labelNames], (add) => {
    for (const [appId, app] of meters.apps()) {
      for (const [key, count] of read(app)) {
        const values = key.split(" ");
        const labels = Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ""]));
        add({ app_id: appId, ...labels }, count);
      }
    }
  });
}
