import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { configFrom } from "./config-names.ts";
import { environmentOf, readDockerfile } from "./dockerfile.ts";

const DEPLOY = join(import.meta.dir, "../../deploy");
const COMPOSE = join(DEPLOY, "compose");
const IMAGE = environmentOf(readDockerfile(join(DEPLOY, "docker/Dockerfile")));

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly tmpfs?: readonly string[];
}

interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

/** What people start, by the files that they name. */
const PROJECTS = {
  "single.yaml": read("single.yaml"),
  "cluster.yaml": read("cluster.yaml"),
  "cluster.yaml and proxied.yaml": onTop(read("cluster.yaml"), read("proxied.yaml")),
} as const;

describe.each(Object.entries(PROJECTS))("deploy/compose: %s", (_, project) => {
  let folder: string;
  /** The secrets as a service finds them. */
  let files: Record<string, string>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "usher-compose-"));
    cpSync(join(COMPOSE, "make-secrets.sh"), join(folder, "make-secrets.sh"));
    const made = Bun.spawnSync(["sh", join(folder, "make-secrets.sh")], { stderr: "inherit" });
    expect(made.exitCode).toBe(0);
    files = Object.fromEntries(
      readdirSync(join(folder, "secrets")).map((name) => [
        `/run/secrets/${name}`,
        readFileSync(join(folder, "secrets", name), "utf8"),
      ]),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const services = Object.entries(project.services);
  const ushers = services.filter(([, { image }]) => image.startsWith("usher:"));

  test.each(ushers)("%s has a configuration that the server takes", (name, { environment = {} }) => {
    const config = configFrom({ ...IMAGE, ...environment }, files);
    expect(config).toMatchObject({ mode: "production", host: "0.0.0.0", port: 6_001, opsPort: 9_601 });
    if (name === "usher") return;
    expect(config.databaseUrl).toContain("@postgres:5432/usher");
    expect(config.redisUrl).toContain("@redis:6379");
    expect(config.masterKey).not.toBeNull();
    expect(config.trustProxy).toBe("caddy" in project.services);
  });

  test.each(ushers)("%s may take as long to stop as its configuration says", (_, service) => {
    const { drainSeconds, drainDelaySeconds } = configFrom({ ...IMAGE, ...service.environment }, files);
    const graceSeconds = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? "")?.[1]);
    expect(graceSeconds).toBeGreaterThanOrEqual(drainDelaySeconds + drainSeconds + 10);
  });

  test.each(ushers)(
    "%s is built from the Dockerfile, read-only and with a process that reaps",
    (_, service) => {
      const { context = "", dockerfile = "" } = service.build ?? {};
      expect(existsSync(resolve(COMPOSE, context, dockerfile))).toBe(true);
      expect(service).toMatchObject({ init: true, read_only: true });
      const data = [...(service.volumes ?? []), ...(service.tmpfs ?? [])].filter((each) =>
        each.includes("/data"),
      );
      expect(data).toHaveLength(1);
    },
  );

  test.each(services)("%s waits for healthy services alone, and says how healthy it is", (_, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(condition).toBe("service_healthy");
      expect(project.services[name]).toBeDefined();
    }
    const isUsher = service.image.startsWith("usher:"); // Its image says.
    expect(service.healthcheck !== undefined).toBe(!isUsher);
  });

  test.each(services)("%s mounts what there is, and gets secrets that are made", (_, service) => {
    for (const mount of service.volumes ?? []) {
      const [source = ""] = mount.split(":");
      const isThere = source.startsWith(".")
        ? existsSync(resolve(COMPOSE, source))
        : source in (project.volumes ?? {});
      expect({ source, isThere }).toEqual({ source, isThere: true });
    }
    for (const name of service.secrets ?? []) {
      expect(project.secrets?.[name]?.file).toBe(`./secrets/${name}`);
      expect(files[`/run/secrets/${name}`]).toMatch(/^\S+\n$/);
    }
    const named = JSON.stringify(service).matchAll(/\/run\/secrets\/(\w+)/g);
    for (const [, name = ""] of named) expect(service.secrets).toContain(name);
  });

  test.each(services)("%s is an image of one version", (_, { image }) => {
    expect(image).toMatch(/:v?\d+\.\d+\.?\d*[a-z0-9.-]*$/);
  });

  test("secrets are made once, for their owner alone", () => {
    expect(statSync(join(folder, "secrets")).mode & 0o777).toBe(0o700);
    expect(Bun.spawnSync(["sh", join(folder, "make-secrets.sh")]).exitCode).toBe(0);
    for (const [path, text] of Object.entries(files)) {
      expect(readFileSync(join(folder, path.replace("/run/", "")), "utf8")).toBe(text);
    }
  });
});

function read(name: string): Project {
  return parse(readFileSync(join(COMPOSE, name), "utf8"), { merge: true }) as Project;
}

/** As `docker compose -f A -f B` reads them, as far as these files need it: maps are merged. */
function onTop(below: Project, above: Project): Project {
  const names = new Set([...Object.keys(below.services), ...Object.keys(above.services)]);
  const services = Array.from(names, (name): [string, Service] => {
    const [under, over] = [below.services[name], above.services[name]];
    const environment = { ...under?.environment, ...over?.environment };
    return [name, { ...under, ...over, environment } as Service];
  });
  return {
    services: Object.fromEntries(services),
    secrets: { ...below.secrets, ...above.secrets },
    volumes: { ...below.volumes, ...above.volumes },
  };
}
