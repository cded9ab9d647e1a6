import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type StartedServer, startOurs } from "./servers.ts";

/** Usher with somebody who looks at the debug console of the app, all of it. */
export async function startWithConsole(): Promise<StartedServer> {
  const server = await startOurs();
  const leave = new AbortController();
  const stop = async () => {
    leave.abort();
    await server.stop();
  };
  try {
    await watch(server, leave.signal);
    return { ...server, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves once the console is open; what it tells is read and thrown away. */
async function watch({ target, dataDir }: StartedServer, signal: AbortSignal): Promise<void> {
  const { token } = JSON.parse(readFileSync(join(dataDir, "local.json"), "utf8")) as { token: string };
  const url = `http://${target.host}:${target.port}/admin/v1/apps/${target.appId}/console`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal });
  const reader = response.body?.getReader();
  if (!response.ok || !reader) throw new Error(`the console answered ${response.status}`);
  await reader.read();
  void readOn(reader);
}

/** Until the server or this ends it. */
async function readOn(reader: { read(): Promise<{ readonly done: boolean }> }): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // That was the end.
  }
}
