import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./test-cli.ts";
import { spawnUsher } from "./test-processes.ts";

describe("usher health", () => {
  const servers: Bun.Server<undefined>[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop(true);
  });

  function ops(answers: (path: string) => Response): Bun.Server<undefined> {
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => answers(new URL(request.url).pathname),
    });
    servers.push(server);
    return server;
  }

  const draining = (path: string) =>
    path === "/health/live" ? new Response("live\n") : new Response("not ready: draining\n", { status: 503 });

  test("ends with 0 when the server on the configured ops port is ready", async () => {
    const { port } = ops((path) => new Response(path === "/health/ready" ? "ready\n" : "?", { status: 200 }));
    const env = { USHER_OPS_PORT: String(port), USHER_OPS_HOST: "0.0.0.0" };
    expect(await runCommand(["health"], { env })).toEqual({ exitCode: 0, out: "ready\n", errors: "" });
  });

  test("ends with 1 and says why when it is not ready", async () => {
    const env = { USHER_OPS_PORT: String(ops(draining).port) };
    expect(await runCommand(["health"], { env })).toEqual({
      exitCode: 1,
      out: "not ready: draining\n",
      errors: "",
    });
  });

  test("with --live asks only whether it answers", async () => {
    const { port } = ops(draining);
    const args = ["health", "--live", "--json", "--url", `http://127.0.0.1:${port}/`];
    const { exitCode, out } = await runCommand(args);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({ ok: true, answer: "live", url: `http://127.0.0.1:${port}` });
  });

  test("ends with 1 when nobody listens", async () => {
    const server = ops(draining);
    const env = { USHER_OPS_PORT: String(server.port) };
    await server.stop(true);
    const { exitCode, out } = await runCommand(["health"], { env });
    expect(exitCode).toBe(1);
    expect(out).toStartWith(`no answer from http://127.0.0.1:${env.USHER_OPS_PORT}/health/ready: `);
  });

  test("ends with 1 when the server takes the question and never answers", async () => {
    const mute = await silentServer();
    const address = mute.address() as { readonly port: number };
    const args = ["health", "--url", `http://127.0.0.1:${address.port}`, "--timeout", "1"];
    const { exitCode, out } = await runCommand(args);
    mute.close();
    expect(exitCode).toBe(1);
    expect(out).toEndWith("it takes too long\n");
  });

  test("goes straight to the server where the environment names a proxy", async () => {
    const { port } = ops(() => new Response("ready\n"));
    const dataDir = mkdtempSync(join(tmpdir(), "usher-health-"));
    const env = {
      USHER_OPS_PORT: String(port),
      HTTP_PROXY: "http://127.0.0.1:9",
      http_proxy: "http://127.0.0.1:9",
    };
    expect(await spawnUsher(dataDir, ["health"], { env }).exited).toBe(0);
    rmSync(dataDir, { recursive: true });
  });

  test("cannot know where a server is whose ops port is any free one", async () => {
    const { exitCode, errors } = await runCommand(["health"], { env: { USHER_OPS_PORT: "0" } });
    expect(exitCode).toBe(2);
    expect(errors).toContain("--url");
  });
});

function silentServer(): Promise<Server> {
  const server = createServer(() => {});
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
