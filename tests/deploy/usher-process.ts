import { TEST_APP } from "../support/server.ts";
import { PATIENCE_MS, within } from "../support/time-limit.ts";

/** An Usher that is started some other way than from its sources. */
export interface UsherProcess {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly opsUrl: string;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<number>;
}

export interface UsherOptions {
  readonly cwd?: string;
  /** All there is, besides free ports and the app of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `COMMAND serve` and resolves once it listens. */
export async function startUsher(
  command: readonly string[],
  { cwd, env }: UsherOptions = {},
): Promise<UsherProcess> {
  const child = Bun.spawn([...command, "serve", "--json"], {
    ...(cwd !== undefined && { cwd }),
    env: {
      USHER_PORT: "0",
      USHER_OPS_PORT: "0",
      USHER_APP_ID: TEST_APP.id,
      USHER_APP_KEY: TEST_APP.key,
      USHER_APP_SECRET: TEST_APP.secret,
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let output = "";
  const listening = Promise.withResolvers<Listening>();
  const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
      const line = output.split("\n").find((each) => each.includes('"msg":"listening"'));
      if (line?.endsWith("}")) listening.resolve(JSON.parse(line) as Listening);
    }
  };
  const ends = Promise.all([read(child.stdout), read(child.stderr)]);
  const exited = child.exited.then(async (code) => {
    await ends;
    listening.reject(new Error(`ended with ${code} before it listened:\n${output}`));
    return code;
  });
  const { host, port, opsHost, opsPort } = await within(
    2 * PATIENCE_MS,
    listening.promise,
    () => `not listening:\n${output}`,
  ).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    host,
    port,
    url: `http://${host}:${port}`,
    opsUrl: `http://${opsHost}:${opsPort}`,
    signal: (name) => child.kill(name),
    exited,
  };
}

interface Listening {
  readonly host: string;
  readonly port: number;
  readonly opsHost: string;
  readonly opsPort: number;
}
