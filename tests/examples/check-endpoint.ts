import { expect } from "bun:test";
import { runUsher, type TestServer } from "../support/server.ts";

/** Asks an example's endpoint what `usher auth check` asks, as user 1, and insists that every check passes. */
export async function checkEndpoint(
  server: TestServer,
  endpoint: string,
  headers: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<void> {
  const credentials = ["--key", server.key, "--secret", server.secret];
  const channels = [
    "--channel",
    "private-user-1",
    "--channel",
    "presence-room-lobby",
    "--denied",
    "private-user-2",
  ];
  const sent = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
  const args = ["auth", "check", endpoint, "--json", ...credentials, ...channels, ...options, ...sent];
  const { code, stdout, stderr } = await runUsher(args, { dataDir: server.dataDir });
  expect({ code, report: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, report: "" });
}
