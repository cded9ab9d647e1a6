import { expect, test } from "bun:test";
import { bundle } from "../build.ts";

const LIMIT_BYTES = 2048;

test.each(["esm", "iife"] as const)("the %s build is under 2 KB, minified and gzipped", async (format) => {
  const code = await bundle(format);
  const { byteLength } = Bun.gzipSync(Buffer.from(code), { level: 9 });
  expect(byteLength).toBeLessThan(LIMIT_BYTES);
});

test("the builds stay within ES2020, import nothing and touch no URLSearchParams", async () => {
  for (const format of ["esm", "iife"] as const) {
    const code = await bundle(format);
    expect(code).not.toMatch(
      /\|\|=|&&=|\?\?=|\bimport\b|require\(|URLSearchParams|\.at\(|withResolvers|hasOwn/,
    );
  }
});
