import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeAdapter } from "../testing/adapter-suite.ts";
import { describeOddRequests } from "../testing/odd-requests-suite.ts";
import { nodeServers } from "../testing/servers/all-on-node.ts";

const FRAMEWORKS = ["express*", "fastify", "@fastify/*", "koa", "@nestjs/*", "reflect-metadata", "h3v*"];

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
// Inside the repository, so that the bundle finds the frameworks.
const BUNDLE = `${ROOT}tests/.artifacts/auth-on-node-${process.pid}/`;

describe("on Node itself", () => {
  let child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  let urls: Record<string, string> = {};

  beforeAll(async () => {
    const entrypoints = [fileURLToPath(new URL("../testing/servers/main.ts", import.meta.url))];
    const built = await Bun.build({
      entrypoints,
      outdir: BUNDLE,
      target: "node",
      naming: "main.mjs",
      external: FRAMEWORKS,
    });
    expect(built.success).toBe(true);
    child = Bun.spawn(["node", `${BUNDLE}main.mjs`], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      env: { PATH: process.env.PATH ?? "", NODE_ENV: "test" },
    });
    urls = JSON.parse(await firstLine(child.stdout));
  }, 30_000);
  afterAll(async () => {
    child.kill();
    await child.exited;
    await rm(BUNDLE, { recursive: true, force: true });
  });

  test("every server of the list has started", () => {
    expect(Object.keys(urls)).toEqual(nodeServers.map(({ name }) => name));
  });

  for (const server of nodeServers) {
    const started = {
      ...server,
      start: async () => ({ url: urls[server.name] ?? "", stop: async () => {} }),
    };
    describeAdapter(started);
    describeOddRequests(started);
  }
});

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let output = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    output += decoder.decode(chunk, { stream: true });
    if (output.includes("\n")) break;
  }
  return output;
}
