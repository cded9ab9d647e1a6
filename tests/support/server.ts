import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The app every test server starts with; the documented example app of the protocol's own vectors. */
export const TEST_APP = {
  id: "3",
  key: "278d425bdf160c739803",
  secret: "7ad3773142a6692b25b8",
} as const;

/** How long a server may take to say that it listens, before the test that wanted it fails. */
const START_TIMEOUT_MS = 20_000;

const CLI = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly opsPort: number;
  readonly appId: string;
  readonly key: string;
  readonly secret: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Everything the process has written so far, standard output and standard error together. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, once the process is gone. */
  readonly exited: Promise<number>;
  /** Sends SIGTERM and resolves with the exit code; removes the data directory unless it was given. */
  stop(): Promise<number>;
}

export interface StartServerOptions {
  /** The app's settings, in the snake case of the protocol reference. */
  readonly settings?: Record<string, unknown>;
  /** Added to, and winning over, the environment described below. */
  readonly env?: Record<string, string>;
  /** An existing data directory; a fresh temporary one otherwise. */
  readonly dataDir?: string;
  /** What runs in place of the command line, as `usher serve` does. */
  readonly program?: string;
  /** Further arguments of `usher serve`. */
  readonly args?: readonly string[];
}

/**
 * Starts one server as its own process, on free ports, and resolves once it listens.
 *
 * The environment is clean apart from PATH and HOME, so that a developer's own settings cannot
 * change what a test sees.
 */
export async function startServer(options: StartServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "usher-test-")));
  const env = {
    ...baseEnvironment(dataDir),
    USHER_APP_SETTINGS: JSON.stringify(options.settings ?? {}),
    ...options.env,
  };
  const child = Bun.spawn([process.execPath, options.program ?? CLI, "serve", ...(options.args ?? [])], {
    cwd: dataDir,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });

  let output = "";
  let sawText = (_text: string): void => {};
  const collect = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
      sawText(output);
    }
  };
  const drained = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const exited = child.exited.then(async (code) => {
    await drained;
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    return code;
  });

  const ready = Promise.withResolvers<Listening>();
  sawText = (text) => {
    const listening = findListening(text);
    if (listening !== undefined) ready.resolve(listening);
  };
  sawText(output);
  void exited.then((code) => {
    ready.reject(new Error(`the server ended with code ${code} before it listened:\n${output}`));
  });
  const timer = setTimeout(() => {
    ready.reject(new Error(`the server did not listen within ${START_TIMEOUT_MS} ms:\n${output}`));
    child.kill("SIGKILL");
  }, START_TIMEOUT_MS);
  const { port, opsPort } = await ready.promise.finally(() => {
    clearTimeout(timer);
    sawText = () => {};
  });

  return {
    host: "127.0.0.1",
    port,
    opsPort,
    appId: env.USHER_APP_ID,
    key: env.USHER_APP_KEY,
    secret: env.USHER_APP_SECRET,
    dataDir,
    pid: child.pid,
    output: () => output,
    signal: (name) => child.kill(name),
    exited,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** Runs one `usher` command to its end, in the same clean environment as a server of `dataDir`. */
export async function runUsher(
  args: readonly string[],
  options: { readonly dataDir: string; readonly env?: Record<string, string> },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = Bun.spawn([process.execPath, CLI, ...args], {
    cwd: options.dataDir,
    env: { ...baseEnvironment(options.dataDir), ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // A server that was not to start would run for ever.
    timeout: START_TIMEOUT_MS,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

function baseEnvironment(dataDir: string) {
  return {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    NODE_ENV: "production",
    USHER_PORT: "0",
    USHER_OPS_PORT: "0",
    USHER_LOG_FORMAT: "json",
    USHER_DATA_DIR: dataDir,
    USHER_APP_ID: TEST_APP.id,
    USHER_APP_KEY: TEST_APP.key,
    USHER_APP_SECRET: TEST_APP.secret,
  };
}

interface Listening {
  readonly port: number;
  readonly opsPort: number;
}

/** The ports of the log line `{"msg":"listening","port":…,"opsPort":…}`, once it has been written whole. */
function findListening(output: string): Listening | undefined {
  for (const line of output.split("\n").slice(0, -1)) {
    if (!line.includes('"listening"')) continue;
    const entry: unknown = parseLine(line);
    if (typeof entry !== "object" || entry === null || !("msg" in entry) || entry.msg !== "listening")
      continue;
    if (!("port" in entry) || typeof entry.port !== "number") continue;
    const opsPort = "opsPort" in entry && typeof entry.opsPort === "number" ? entry.opsPort : 0;
    return { port: entry.port, opsPort };
  }
  return undefined;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Not a log line: a warning of the runtime, say.
  }
}
