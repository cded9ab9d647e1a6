import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { startServer, type TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

const MONITORING = join(import.meta.dir, "../../deploy/monitoring");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const dashboard = JSON.parse(readFileSync(join(MONITORING, "grafana/dashboards/usher.json"), "utf8")) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
};
const groups = (
  parseFile("alerts.yml") as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
).groups;
const rules = groups.flatMap((group) => group.rules);

/** Only a server that shares its connections has the metrics of that. */
describe.skipIf(!hasRedis)("deploy/monitoring", () => {
  let redis: TestRedis;
  let server: TestServer;
  /** The labels of each metric that this version has. */
  let metrics: ReadonlySet<string>;

  beforeAll(async () => {
    redis = await startRedis();
    server = await startServer({ env: { USHER_REDIS_URL: redis.url } });
    const page = await (await fetch(`http://${server.host}:${server.opsPort}/metrics`)).text();
    const shown = Array.from(page.matchAll(/^# TYPE (\w+) /gm), ([, name = ""]) => name);
    metrics = new Set([...shown, "up"]);
  });
  afterAll(async () => {
    await server.stop();
    await redis.remove();
  });

  test.each(rules)("the alert $alert asks for metrics that there are", ({ expr }) => {
    const names = metricsIn(expr);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !metrics.has(name))).toEqual([]);
  });

  test.each(dashboard.panels.filter(({ targets }) => targets))(
    "the panel $title asks for metrics that there are",
    ({ targets = [] }) => {
      const names = targets.flatMap(({ expr }) => metricsIn(expr));
      expect(names).not.toEqual([]);
      expect(names.filter((name) => !metrics.has(name))).toEqual([]);
    },
  );

  test("the dashboard's lists ask for metrics that there are, and its panels use no other lists", () => {
    const { list } = dashboard.templating;
    const names = metricsIn(JSON.stringify(list.map(({ query }) => query)));
    expect(names.filter((name) => !metrics.has(name))).toEqual([]);
    const used = JSON.stringify(dashboard.panels).matchAll(/\$\{?(\w+)/g);
    const known = [...list.map(({ name }) => name), "__rate_interval"];
    expect(Array.from(used, ([, name = ""]) => name).filter((name) => !known.includes(name))).toEqual([]);
  });

  test("panels have ids and places of their own", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [index, { gridPos: a, title }] of panels.entries()) {
      const over = panels
        .slice(index + 1)
        .find(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h);
      expect({ title, over: over?.title }).toEqual({ title, over: undefined });
    }
  });

  test("alerts have names of their own, a severity and a summary", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(["page", "ticket"]).toContain(labels.severity);
      expect(annotations.summary).not.toBe("");
    }
  });

  test("Prometheus reads the alerts, and Grafana the data source that the dashboard starts with", () => {
    expect(parseFile("prometheus.yml")).toMatchObject({
      rule_files: ["alerts.yml"],
      scrape_configs: [{ job_name: "usher", static_configs: [{ targets: expect.any(Array) }] }],
    });
    expect(parseFile("grafana/provisioning/datasources/prometheus.yml")).toMatchObject({
      datasources: [{ type: "prometheus", isDefault: true }],
    });
  });
});

function parseFile(path: string): unknown {
  return parse(readFileSync(join(MONITORING, path), "utf8"));
}

/** What stands where PromQL has the name of a metric of ours. */
function metricsIn(text: string): string[] {
  return Array.from(text.matchAll(/\b(?:(?:usher|process)_\w+|up(?=\{))/g), ([name]) => name);
}
