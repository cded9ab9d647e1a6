import { expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../build.mjs";

const LIMIT_BYTES = 2048;

test.each(["esm", "iife"] as const)("the %s build is under 2 KB, minified and gzipped", (format) => {
  const code = bundle(format);
  const { byteLength } = Bun.gzipSync(Buffer.from(code), { level: 9 });
  expect(byteLength).toBeLessThan(LIMIT_BYTES);
});

test("the builds stay within ES2020, import nothing and touch no URLSearchParams", () => {
  for (const format of ["esm", "iife"] as const) {
    const code = bundle(format);
    expect(code).not.toMatch(
      /\|\|=|&&=|\?\?=|\bimport\b|require\(|URLSearchParams|\.at\(|withResolvers|hasOwn/,
    );
  }
});

test("the published package runs in Node, and its types stand beside it", async () => {
  const out = await mkdtemp(join(tmpdir(), "usher-pusher-js-"));
  try {
    await run(["node", join(import.meta.dir, "../build.mjs"), out]);
    expect(await readdir(out)).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "README.md",
        "index.d.ts",
        "package.json",
        "usher-pusher-js.min.js",
      ]),
    );
    const main = JSON.stringify(join(out, "index.js"));
    const code = `import { batchedAuthorization } from ${main};
      const fetch = async (_, { body }) => Response.json({ "private-a": { data: { auth: body } } });
      const { customHandler } = batchedAuthorization({ endpoint: "/auth", fetch });
      customHandler({ socketId: "1.1", channelName: "private-a" }, (_, { auth }) => console.log(auth));`;
    const output = await run(["node", "--input-type=module", "--eval", code]);
    expect(output).toBe("socket_id=1.1&channel_name[0]=private-a\n");
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}, 30_000);

async function run(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [code, output, complaints] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect({ code, complaints }).toEqual({ code: 0, complaints: "" });
  return output;
}
