import { expect, jest, test } from "bun:test";
import { processCli } from "./cli.ts";
import { withProgress } from "./progress.ts";

function recorder(isErrorTerminal: boolean) {
  const written: string[] = [];
  return {
    cli: { ...processCli(), isErrorTerminal, writeError: (text: string) => void written.push(text) },
    written,
  };
}

test("says on a terminal that work is still going on once it takes more than a second, and clears up", async () => {
  jest.useFakeTimers();
  const { cli, written } = recorder(true);
  const { promise, resolve } = Promise.withResolvers<number>();
  const work = withProgress(cli, "waiting for x", promise);
  jest.advanceTimersByTime(999);
  expect(written).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(written.join("")).toContain("usher: still waiting for x (");
  resolve(7);
  expect(await work).toBe(7);
  expect(written.at(-1)).toBe("\r\u001b[K");
  jest.useRealTimers();
});

test("says nothing where nobody watches, and passes failures on", async () => {
  const { cli, written } = recorder(false);
  await expect(withProgress(cli, "x", Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(written).toEqual([]);
});
