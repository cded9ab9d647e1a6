import { expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../build.mjs";

function gzippedBytes(code: string): number {
  return Bun.gzipSync(Buffer.from(code), { level: 9 }).byteLength;
}

test.each(["esm", "iife"] as const)("the %s build is under 2.5 KB, minified and gzipped", (format) => {
  expect(gzippedBytes(bundle(format))).toBeLessThan(2560);
});

test.each([
  ["batchedAuthorization", 2048],
  ["resume", 1024],
] as const)("%s alone is under %d bytes, minified and gzipped", (plugIn, limitBytes) => {
  expect(gzippedBytes(bundle("iife", [plugIn]))).toBeLessThan(limitBytes);
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
