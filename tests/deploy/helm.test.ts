import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { configFrom } from "./config-names.ts";
import { environmentOf, readDockerfile } from "./dockerfile.ts";
import { findHelm, HELM_BUILD_MS, hasHelm, runHelm } from "./helm.ts";

setDefaultTimeout(60_000);

const CHART = join(import.meta.dir, "../../deploy/helm/usher");
const IMAGE = environmentOf(readDockerfile(join(import.meta.dir, "../../deploy/docker/Dockerfile")));
const KUBERNETES = ["--kube-version", "1.33.0"];

/** What the Secrets hold that the chart refers to, by key. */
const SECRETS: Readonly<Record<string, string>> = {
  database_url: "postgres://usher:secret@postgres/usher",
  redis_url: "redis://redis:6379",
  master_key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
  app_id: "1",
  app_key: "key",
  app_secret: "s3cret",
};

const CLUSTERED = {
  database: { existingSecret: "usher" },
  redis: { existingSecret: "usher" },
  masterKey: { existingSecret: "usher" },
  firstApp: { existingSecret: "usher", settings: { client_events: true } },
  config: {
    trust_proxy: true,
    max_request_bytes: 2_000_000,
    max_connections: 100_000,
    cors_origins: ["https://example.com", "https://example.org"],
    public_url: "https://realtime.example.com",
  },
};

// biome-ignore lint/suspicious/noExplicitAny: an object of Kubernetes, of which a test says what it expects, field by field.
type Manifest = any;

describe.skipIf(!hasHelm)("deploy/helm", () => {
  let helm: string;

  beforeAll(async () => {
    helm = await findHelm();
  }, HELM_BUILD_MS);

  async function template(values: object): Promise<readonly Manifest[]> {
    const { code, out, errors } = await withValues(values, (file) =>
      runHelm(helm, ["template", "realtime", CHART, "--values", file, ...KUBERNETES]),
    );
    if (code !== 0) throw new Error(errors);
    return parseAllDocuments(out).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS();
    });
  }

  async function refusal(values: object): Promise<string> {
    return template(values).then(
      () => "none",
      (error: Error) => error.message,
    );
  }

  const everything = {
    ...CLUSTERED,
    ingress: { enabled: true, className: "nginx", tlsSecret: "tls" },
    autoscaling: { enabled: true },
    serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
    image: { repository: "registry.example.com/usher", digest: "sha256:abc" },
    extraEnv: [{ name: "USHER_LOG_LEVEL", value: "debug" }],
    podAnnotations: { "example.com/team": "realtime" },
    nodeSelector: { "kubernetes.io/arch": "amd64" },
  };

  test.each([
    ["no values", {}],
    ["several servers", CLUSTERED],
    ["everything", everything],
  ])("passes helm lint with %s", async (_, values) => {
    const result = await withValues(values, (file) =>
      runHelm(helm, ["lint", CHART, "--strict", "--values", file, ...KUBERNETES]),
    );
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining("0 chart(s) failed") });
  });

  test("without values makes one server with its data on a volume", async () => {
    const manifests = await template({});
    expect(kinds(manifests)).toEqual(["Service", "Service", "ServiceAccount", "StatefulSet"]);
    const set = only(manifests, "StatefulSet");
    expect(set.spec.replicas).toBe(1);
    expect(set.spec.volumeClaimTemplates[0].metadata.name).toBe("data");
    expect(set.spec.template.spec.volumes).toBeUndefined();
    expect(configOf(set)).toMatchObject({ dataDir: "/data", databaseUrl: null, drainDelaySeconds: 0 });
  });

  test("with PostgreSQL and Redis makes several that take turns when they are renewed", async () => {
    const manifests = await template(CLUSTERED);
    expect(kinds(manifests)).toEqual([
      "Deployment",
      "PodDisruptionBudget",
      "Service",
      "Service",
      "ServiceAccount",
    ]);
    const { spec } = only(manifests, "Deployment");
    expect(spec.replicas).toBe(2);
    expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(configOf({ spec })).toMatchObject({
      databaseUrl: SECRETS.database_url,
      redisUrl: SECRETS.redis_url,
      trustProxy: true,
      maxRequestBytes: 2_000_000,
      maxConnections: 100_000,
      corsOrigins: ["https://example.com", "https://example.org"],
      publicUrl: "https://realtime.example.com",
    });
  });

  test("makes an Ingress for clients alone, an autoscaler, a ServiceMonitor", async () => {
    const manifests = await template(everything);
    expect(kinds(manifests)).toEqual([
      "Deployment",
      "HorizontalPodAutoscaler",
      "Ingress",
      "PodDisruptionBudget",
      "Service",
      "Service",
      "ServiceAccount",
      "ServiceMonitor",
    ]);
    const [rule] = only(manifests, "Ingress").spec.rules;
    expect(rule.http.paths.map(({ path }: { readonly path: string }) => path)).toEqual([
      "/app",
      "/apps",
      "/pusher/app",
    ]);
    const deployment = only(manifests, "Deployment");
    expect(deployment.spec.replicas).toBeUndefined();
    expect(only(manifests, "HorizontalPodAutoscaler").spec.scaleTargetRef.name).toBe(
      deployment.metadata.name,
    );
    expect(containerOf(deployment).image).toBe("registry.example.com/usher@sha256:abc");
    const service = manifests.find(
      ({ metadata }) => metadata.labels["app.kubernetes.io/component"] === "ops",
    );
    expect(service.metadata.labels).toMatchObject(
      only(manifests, "ServiceMonitor").spec.selector.matchLabels,
    );
  });

  test.each([
    ["one server", {}],
    ["several", CLUSTERED],
    ["a long drain", { ...CLUSTERED, drain: { delaySeconds: 30, seconds: 300 } }],
  ])("asks the ops port for health, and gives %s the time that its drain takes", async (_, values) => {
    const manifests = await template(values);
    const workload = manifests.find(({ kind }) => ["Deployment", "StatefulSet"].includes(kind));
    const { spec } = workload.spec.template;
    const { drainDelaySeconds, drainSeconds, opsPort, port } = configOf(workload);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(drainDelaySeconds + drainSeconds + 10);
    const container = containerOf(workload);
    expect(container.readinessProbe.httpGet).toEqual({ path: "/health/ready", port: "ops" });
    expect(container.livenessProbe.httpGet).toEqual({ path: "/health/live", port: "ops" });
    expect(container.startupProbe.httpGet).toEqual({ path: "/health/live", port: "ops" });
    expect(container.ports).toEqual([
      { name: "http", containerPort: port },
      { name: "ops", containerPort: opsPort },
    ]);
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    if (drainDelaySeconds > 0) expect(drainDelaySeconds).toBeGreaterThan(periodSeconds * failureThreshold);
  });

  test("runs as the user of the image with nothing to write to but its data, for services that find it", async () => {
    const manifests = await template(CLUSTERED);
    const deployment = only(manifests, "Deployment");
    const { spec, metadata } = deployment.spec.template;
    expect(spec).toMatchObject({ enableServiceLinks: false, automountServiceAccountToken: false });
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65_532 });
    expect(containerOf(deployment)).toMatchObject({
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      volumeMounts: [{ name: "data", mountPath: IMAGE.USHER_DATA_DIR }],
    });
    for (const service of manifests.filter(({ kind }) => kind === "Service")) {
      expect(metadata.labels).toMatchObject(service.spec.selector);
    }
    expect(metadata.labels).toMatchObject(deployment.spec.selector.matchLabels);
  });

  test.each([
    [
      "a database without a master key",
      { database: { existingSecret: "usher" } },
      "masterKey.existingSecret",
    ],
    ["several servers without Redis", { ...CLUSTERED, redis: {} }, "redis.existingSecret"],
    ["Redis without a database", { redis: { existingSecret: "usher" } }, "database.existingSecret"],
    ["autoscaling of one volume", { autoscaling: { enabled: true } }, "on its volume"],
    ["a secret among the configuration", { config: { master_key: "0".repeat(64) } }, "config.master_key"],
  ])("refuses %s", async (_, values, words) => {
    expect(await refusal(values)).toContain(words);
  });

  test("carries the version of the server", () => {
    const chart = parse(readFileSync(join(CHART, "Chart.yaml"), "utf8"));
    const server = JSON.parse(readFileSync(join(CHART, "../../../packages/server/package.json"), "utf8"));
    expect(chart.appVersion).toBe(server.version);
  });
});

async function withValues<T>(values: object, run: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "usher-values-"));
  try {
    writeFileSync(join(folder, "values.yaml"), stringify(values));
    return await run(join(folder, "values.yaml"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function kinds(manifests: readonly Manifest[]): string[] {
  return manifests.map(({ kind }) => kind).sort();
}

function only(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  expect(found).toHaveLength(1);
  return found[0];
}

function containerOf(workload: Manifest): Manifest {
  return workload.spec.template.spec.containers[0];
}

/** What the server makes of the variables that its container gets. */
function configOf(workload: Manifest) {
  const env = containerOf(workload).env.map((each: Manifest) => [
    each.name,
    each.value ?? SECRETS[each.valueFrom.secretKeyRef.key],
  ]);
  for (const [name, value] of env) expect({ name, type: typeof value }).toEqual({ name, type: "string" });
  return configFrom({ ...IMAGE, ...Object.fromEntries(env) });
}
