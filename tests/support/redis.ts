import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A Redis server that lives as long as this process at most. */
export interface TestRedis {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** Runs a command as the default user. */
  run(...command: string[]): Promise<unknown>;
  isRunning(): boolean;
  /** Ends it as a machine that loses power would; it keeps nothing. */
  kill(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Stops it without ending it: connections stay open and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** False where the tests of Redis are left out, which `npm test` says why. */
export const hasRedis = programPath() !== undefined;

/**
 * @param settings lines of a redis.conf.
 * @param env added to the environment of its process.
 */
export async function startRedis(
  settings: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TestRedis> {
  return startServer([...SETTINGS, ...settings], [], env);
}

/** A Redis Cluster of three masters without replicas. */
export async function startRedisCluster(): Promise<{
  readonly url: string;
  readonly nodes: readonly TestRedis[];
  /** Gives the slot of a name to another master; it has no keys. */
  moveSlot(name: string): Promise<void>;
  remove(): Promise<void>;
}> {
  const settings = ["cluster-enabled yes", "cluster-node-timeout 2000", "cluster-require-full-coverage yes"];
  const members = await Promise.all([0, 1, 2].map(() => startClusterNode(settings)));
  const nodes = members.map(({ node }) => node);
  const third = Math.ceil(16_384 / 3);
  for (const [index, node] of nodes.entries()) {
    const last = Math.min(16_383, (index + 1) * third - 1);
    await node.run("CLUSTER", "ADDSLOTSRANGE", String(index * third), String(last));
    for (const { node: other, busPort } of members) {
      await node.run("CLUSTER", "MEET", "127.0.0.1", String(other.port), String(busPort));
    }
  }
  for (const node of nodes) {
    await until(async () => /cluster_state:ok/.test(String(await node.run("CLUSTER", "INFO"))));
    await until(async () => ((await node.run("CLUSTER", "SLOTS")) as unknown[]).length === 3);
  }
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    nodes,
    moveSlot: async (name) => {
      const [first] = nodes;
      if (!first) return;
      const slot = String(await first.run("CLUSTER", "KEYSLOT", name));
      const third = Math.floor(Number(slot) / Math.ceil(16_384 / 3));
      const id = String(await nodes[(third + 1) % 3]?.run("CLUSTER", "MYID"));
      // The new owner first, or the old one would forget the slot.
      for (const offset of [1, 2, 0])
        await nodes[(third + offset) % 3]?.run("CLUSTER", "SETSLOT", slot, "NODE", id);
    },
    remove: async () => void (await Promise.all(nodes.map((node) => node.remove()))),
  };
}

/** A master with one replica, and a sentinel that decides alone. */
export async function startRedisSentinel(): Promise<{
  readonly url: string;
  readonly master: TestRedis;
  readonly replica: TestRedis;
  readonly sentinel: TestRedis;
  remove(): Promise<void>;
}> {
  const master = await startRedis();
  const replica = await startRedis([`replicaof 127.0.0.1 ${master.port}`]);
  await until(async () => /master_link_status:up/.test(String(await replica.run("INFO", "replication"))));
  const sentinel = await startServer(
    [
      "bind 127.0.0.1",
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      "sentinel down-after-milliseconds main 500",
      "sentinel failover-timeout main 2000",
    ],
    ["--sentinel"],
  );
  await until(async () => ((await sentinel.run("SENTINEL", "REPLICAS", "main")) as unknown[]).length === 1);
  const servers = [sentinel, replica, master];
  return {
    url: `redis+sentinel://127.0.0.1:${sentinel.port}/main`,
    master,
    replica,
    sentinel,
    remove: async () => void (await Promise.all(servers.map((server) => server.remove()))),
  };
}

/** Looks again and again, for what nobody announces. */
export async function until(isSo: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`did not come about in ${timeoutMs} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Nothing here has to survive. */
const SETTINGS = ["bind 127.0.0.1", 'save ""', "appendonly no", "enable-debug-command yes"];

/** Its bus would listen 10,000 ports higher unless told otherwise, where there may be no port. */
async function startClusterNode(settings: readonly string[]) {
  const busPort = await freePort();
  const node = await startServer([...SETTINGS, ...settings, `cluster-port ${busPort}`], []);
  return { node, busPort };
}

async function startServer(
  settings: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "usher-redis-"));
  let running = await startOnFreePort(folder, settings, args, env);
  const { port } = running;
  const url = `redis://127.0.0.1:${port}`;
  return {
    port,
    url,
    get process() {
      return running.child;
    },
    run: (...command) => runCommand(url, command),
    isRunning: () => running.child.exitCode === null && running.child.signalCode === null,
    kill: async () => {
      running.child.kill("SIGKILL");
      await running.ended;
    },
    start: async () => {
      running = await startProcess(folder, settings, args, env, port);
    },
    pause: () => void running.child.kill("SIGSTOP"),
    resume: () => void running.child.kill("SIGCONT"),
    remove: async () => {
      running.child.kill("SIGKILL");
      await running.ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<void>;
}

/** Redis cannot choose a port by itself, and one that is free now may be taken a moment later. */
async function startOnFreePort(
  folder: string,
  settings: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startProcess(folder, settings, args, env, await freePort());
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

/** Ends the server when standard input closes, which the system does for us however this process ends. */
const WATCH = 'read -r line || { kill -9 "$1"; rm -rf "$2"; }';

async function startProcess(
  folder: string,
  settings: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  port: number,
): Promise<Running> {
  const program = programPath();
  if (!program)
    throw new Error("there is no redis-server; `node scripts/setup-machine.mjs` says how to get it");
  const file = join(folder, "redis.conf");
  writeFileSync(file, [...settings, `port ${port}`, `dir ${folder}`, ""].join("\n"));
  const child = spawn(program, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const watcher = spawn("/bin/sh", ["-c", WATCH, "sh", String(child.pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    // Of its own group, so that Ctrl-C reaches it through its standard input alone.
    detached: true,
  });
  watcher.unref();
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  void ended.then(() => watcher.stdin?.end("end\n"));
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += String(chunk);
  });
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`redis-server ended: ${output}`);
      // One that asks for a password is ready, too.
      return /PONG|NOAUTH/.test(
        String(await runCommand(`redis://127.0.0.1:${port}`, ["PING"]).catch(String)),
      );
    });
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return { child, port, ended };
}

async function runCommand(url: string, [name = "", ...args]: string[]): Promise<unknown> {
  // The runtime's own client, so that what is tested does not vouch for itself.
  const client = new Bun.RedisClient(url, {
    autoReconnect: false,
    enableOfflineQueue: true,
    connectionTimeout: 2_000,
  });
  try {
    return await client.send(name, args);
  } finally {
    client.close();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function programPath(): string | undefined {
  const given = process.env.USHER_TEST_REDIS;
  if (given !== undefined) return existsSync(given) ? given : undefined;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = folders.flatMap((folder) => [
    join(folder, "redis-server"),
    join(folder, "valkey-server"),
  ]);
  return candidates.find((path) => existsSync(path));
}
