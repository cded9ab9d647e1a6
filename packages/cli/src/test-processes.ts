import { join } from "node:path";

export const MAIN = join(import.meta.dir, "main.ts");

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export type Usher = (args: readonly string[], options?: SpawnOptions) => ReturnType<typeof spawnUsher>;

/** Runs a command as a process of its own, with an environment of its own. */
export function spawnUsher(dataDir: string, args: readonly string[], { env = {}, input }: SpawnOptions = {}) {
  return Bun.spawn([process.execPath, MAIN, ...args], {
    env: { PATH: process.env.PATH ?? "", USHER_DATA_DIR: dataDir, ...env },
    stdin: input === undefined ? "ignore" : new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Starts a server on any port and gives its address once it listens. */
export async function serveUsher(dataDir: string, env: Readonly<Record<string, string>> = {}) {
  const server = spawnUsher(dataDir, ["serve", "--port", "0", "--ops-port", "0", "--json"], { env });
  const { promise, resolve, reject } = Promise.withResolvers<{ server: typeof server; url: string }>();
  // Read to the end: a server whose log nobody takes ends.
  void (async () => {
    for await (const line of readLines(server.stdout)) {
      const entry = JSON.parse(line);
      if (entry.msg === "listening") resolve({ server, url: `http://127.0.0.1:${entry.port}` });
    }
    reject(new Error(await new Response(server.stderr).text()));
  })();
  return promise;
}

export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
