import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { newDataDir } from "../support/apps.ts";
import { hasRedis, startRedis, type TestRedis } from "../support/redis.ts";
import { runUsher, startServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(30_000);

let dataDir: string;

beforeEach(async () => {
  dataDir = await newDataDir();
});

afterEach(() => rmSync(dataDir, { recursive: true }));

/** Starts a server that cannot start, and gives what it says. Never a stack, never a word on standard output. */
async function refusedStart(env: Record<string, string>, args: readonly string[] = []) {
  const { code, stdout, stderr } = await runUsher(["serve", ...args], { dataDir, env });
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).toStartWith("usher: ");
  return { code, lines: stderr.trimEnd().split("\n") };
}

describe("a port that is taken", () => {
  let holder: Server;
  let port: number;

  beforeEach(async () => {
    holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const address = holder.address();
    port = typeof address === "object" && address ? address.port : 0;
  });

  afterEach(() => void holder.close());

  test.each(["USHER_PORT", "USHER_OPS_PORT"])(
    "%s is named in one line, with what to do in another: exit code 69",
    async (name) => {
      expect(await refusedStart({ [name]: String(port) })).toEqual({
        code: 69,
        lines: [
          `usher: 127.0.0.1:${port} is in use by another process`,
          `  Choose another ${name}, or end that process.`,
        ],
      });
    },
  );

  test("by another Usher is taken too", async () => {
    const other = await startServer();
    expect(await refusedStart({ USHER_PORT: String(other.port) })).toMatchObject({ code: 69 });
    await other.stop();
  });

  test("keeps no app whose secret nobody has seen: the next start makes one and shows its secret", async () => {
    const generated = { USHER_APP_ID: "", USHER_APP_KEY: "", USHER_APP_SECRET: "" };
    await refusedStart({ ...generated, USHER_PORT: String(port) });
    const server = await startServer({ dataDir, env: generated });
    await eventually(
      async () => server.output(),
      (output) => /^Secret {2}\w{32,}/m.test(output),
    );
    await server.stop();
  });

  test("does no harm: the next start on the same data serves", async () => {
    await refusedStart({ USHER_OPS_PORT: String(port) });
    const server = await startServer({ dataDir });
    expect((await fetch(`http://127.0.0.1:${server.opsPort}/health/ready`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});

describe("a data folder that cannot be used", () => {
  test.each(["file", "file/sub"])(
    "is named when it is %s, where a file stands: exit code 73",
    async (path) => {
      writeFileSync(join(dataDir, "file"), "kept");
      const { code, lines } = await refusedStart({ USHER_DATA_DIR: join(dataDir, path) });
      expect([code, lines.length]).toEqual([73, 2]);
      expect(lines[0]).toContain(join(dataDir, path));
      expect(lines[1]).toContain("data_dir");
      expect(readFileSync(join(dataDir, "file"), "utf8")).toBe("kept");
    },
  );

  test.if(existsSync("/proc/self"))("is named when nothing can be written there: exit code 73", async () => {
    const { code, lines } = await refusedStart({ USHER_DATA_DIR: "/proc/usher" });
    expect([code, lines.length]).toEqual([73, 2]);
    expect(lines[0]).toContain("/proc/usher");
    expect(lines[1]).toContain("data_dir");
  });

  test("is named when its database is damaged, which is left as it is: exit code 69", async () => {
    const path = join(dataDir, "usher.db");
    const damaged = "this is no database. ".repeat(500);
    writeFileSync(path, damaged);
    const { code, lines } = await refusedStart({});
    expect([code, lines.length]).toEqual([69, 2]);
    expect(lines[0]).toBe(`usher: ${path} is damaged or not a database`);
    expect(readFileSync(path, "utf8")).toBe(damaged);
    expect(readdirSync(dataDir)).toEqual(["usher.db"]);
  });
});

describe("a configuration that is wrong is refused before anything is written, with exit code 78", () => {
  async function refusedConfig(env: Record<string, string>, args: readonly string[] = []): Promise<string[]> {
    const before = readdirSync(dataDir);
    const { code, lines } = await refusedStart(env, args);
    expect(code).toBe(78);
    expect(lines.shift()).toBe("usher: the configuration is wrong");
    expect(lines.pop()).toBe("  `usher config check` looks at it without starting anything.");
    expect(readdirSync(dataDir)).toEqual(before);
    return lines;
  }

  test("a value names its variable, its key, what is wrong and what would be right", async () => {
    expect(await refusedConfig({ USHER_PORT: "abc" })).toEqual([
      'USHER_PORT: port: "abc" is not a whole number from 0 to 65535',
      "  Give a whole number from 0 to 65535.",
    ]);
  });

  test("a key that does not exist names its line and the nearest that does", async () => {
    const file = join(dataDir, "usher.toml");
    writeFileSync(file, "drain_seconds = 5\nmax_conections = 5\n");
    expect(await refusedConfig({}, ["--config", file])).toEqual([
      `${file}:2: max_conections: there is no such key`,
      "  Did you mean max_connections?",
    ]);
  });

  test("a setting of the app is named in full", async () => {
    expect(await refusedConfig({ USHER_APP_SETTINGS: '{"presence_limits":{"members":0}}' })).toEqual([
      "USHER_APP_SETTINGS: app.settings.presence_limits.members: 0 is not a whole number from 1 to 100000",
      "  Give a whole number from 1 to 100000.",
    ]);
  });

  test("credentials that are not complete name what is missing", async () => {
    const lines = await refusedConfig({ USHER_APP_SECRET: "" });
    expect(lines[0]).toBe("USHER_APP_ID, USHER_APP_KEY: app.secret: app.secret is missing");
    expect(lines[1]).toContain("USHER_APP_SECRET");
  });

  test("all that is wrong is said at once", async () => {
    const lines = await refusedConfig({
      USHER_PORT: "abc",
      USHER_LOG_LEVEL: "loud",
      USHER_REDIS_URL: "http://x",
    });
    for (const name of ["USHER_PORT", "USHER_LOG_LEVEL", "USHER_REDIS_URL"]) {
      expect(lines.filter((line) => line.startsWith(name))).toHaveLength(1);
    }
  });

  test("a secret that is refused is not repeated", async () => {
    const lines = await refusedConfig({ USHER_APP_SECRET: "app-secret", USHER_APP_ID: "a/b" });
    expect(lines.join("\n")).not.toContain('"app-secret"');
  });
});

test("a flag that does not exist is a usage error, with the nearest that does: exit code 2", async () => {
  const { code, stderr } = await runUsher(["serve", "--prot", "1"], { dataDir });
  expect(code).toBe(2);
  expect(stderr).toContain("--port");
  expect(readdirSync(dataDir)).toEqual([]);
});

describe.skipIf(!hasRedis)("a Redis that is not to be had", () => {
  let redis: TestRedis;

  beforeEach(async () => {
    redis = await startRedis(["requirepass right"]);
  });

  afterEach(() => redis.remove());

  test("for want of the password is told at once, without the one that was given: exit code 69", async () => {
    const { port } = redis;
    const { code, lines } = await refusedStart({ USHER_REDIS_URL: `redis://:wrong@127.0.0.1:${port}` });
    expect(code).toBe(69);
    expect(lines[0]).toStartWith(`usher: Redis at 127.0.0.1:${port} does not let this user in`);
    expect(lines.join("\n")).not.toContain("wrong@");
  });

  test("does no harm: the next start on the same data serves", async () => {
    await refusedStart({ USHER_REDIS_URL: redis.url });
    const server = await startServer({
      dataDir,
      env: { USHER_REDIS_URL: `redis://:right@127.0.0.1:${redis.port}` },
    });
    expect(await server.stop()).toBe(0);
  });
});
