import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { track } from "./children.ts";
import type { ServerUnderTest } from "./row.ts";

export interface StartedServer extends ServerUnderTest {
  readonly dataDir: string;
  stop(): Promise<void>;
}

const APP = { id: "bench", key: "bench-key", secret: "bench-secret" };
const READY_MS = 20_000;
const REPOSITORY = join(import.meta.dir, "../..");

/** Usher as a user runs it, with a fresh data folder and no quota. */
export async function startOurs(environment: Readonly<Record<string, string>> = {}): Promise<StartedServer> {
  const opsPort = freePort();
  const ops = `http://127.0.0.1:${opsPort}`;
  const program = [join(REPOSITORY, "packages/cli/src/main.ts"), "serve"];
  return start(program, `${ops}/health/ready`, `${ops}/metrics`, {
    USHER_OPS_PORT: String(opsPort),
    // Asked for each connection as on any server, and never the limit: what is measured is what a connection costs.
    USHER_ACCEPT_RATE: "1000000",
    ...environment,
  });
}

/** The bare engine doing the least possible for the same work. */
export async function startBaseline(): Promise<StartedServer> {
  return start([join(import.meta.dir, "baseline-server.ts")], null, null, {});
}

async function start(
  program: readonly string[],
  readyUrl: string | null,
  metricsUrl: string | null,
  environment: Readonly<Record<string, string>>,
): Promise<StartedServer> {
  const port = freePort();
  const folder = mkdtempSync(join(tmpdir(), "usher-bench-"));
  const dataDir = join(folder, "data");
  const log = join(folder, "server.log");
  const logFile = openSync(log, "w");
  const child = Bun.spawn([process.execPath, ...program], {
    cwd: folder,
    stdin: "ignore",
    stdout: logFile,
    stderr: logFile,
    // Nothing of the caller's own USHER_ settings may reach the server.
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: "production",
      USHER_PORT: String(port),
      USHER_DATA_DIR: dataDir,
      USHER_APP_ID: APP.id,
      USHER_APP_KEY: APP.key,
      USHER_APP_SECRET: APP.secret,
      USHER_APP_SETTINGS: JSON.stringify({ connection_quota: null }),
      ...environment,
    },
  });
  track(child);
  const stop = async () => {
    // The run is over and the folder goes with it: a graceful end would only take time.
    child.kill("SIGKILL");
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  };

  const isReady = await answersOk(
    readyUrl ?? `http://127.0.0.1:${port}/health/ready`,
    () => child.exitCode === null,
  );
  if (!isReady) {
    const lastLines = readFileSync(log, "utf8").trim().split("\n").slice(-20).join("\n");
    await stop();
    throw new Error(`${program[0]} did not become ready:\n${lastLines}`);
  }
  const target = { host: "127.0.0.1", port, appId: APP.id, key: APP.key, secret: APP.secret, pid: child.pid };
  return { target, metricsUrl, dataDir, stop };
}

/** Asks until there is an answer that is wanted, or nobody left to give one. */
export async function answersOk(
  url: string,
  isAlive: () => boolean,
  isWanted: (response: Response) => boolean = ({ ok }) => ok,
): Promise<boolean> {
  const deadline = performance.now() + READY_MS;
  while (isAlive() && performance.now() < deadline) {
    const response = await fetch(url, { headers: { connection: "close" } }).catch(() => null);
    if (response && isWanted(response)) return true;
    await Bun.sleep(25);
  }
  return false;
}

/** A port that nobody listens on just now, which is as good as it gets. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
