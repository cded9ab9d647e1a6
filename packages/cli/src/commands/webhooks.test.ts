import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../test-cli.ts";

let dataDir: string;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "usher-cli-"));
  await run("apps", "create", "--id", "1");
});

afterEach(() => rmSync(dataDir, { recursive: true }));

function run(...args: readonly string[]) {
  return runCommand(args, { env: { USHER_DATA_DIR: dataDir } });
}

async function json(...args: readonly string[]) {
  const { exitCode, out, errors } = await run(...args, "--json");
  expect({ args, exitCode, errors }).toEqual({ args, exitCode: 0, errors: "" });
  return JSON.parse(out);
}

describe("usher webhooks", () => {
  test("are added, listed and removed", async () => {
    const added = await json(
      "webhooks",
      "add",
      "https://example.com/hooks",
      ...["--event", "channel_occupied", "--event", "channel_vacated"],
      ...["--channel-prefix", "presence-", "--header", "X-Environment: staging"],
    );
    expect(added).toMatchObject({
      event_types: ["channel_occupied", "channel_vacated"],
      channel_prefix: "presence-",
      header_names: ["X-Environment"],
    });
    const text = await run("webhooks", "list");
    expect(text.out).toContain(`${added.id}  https://example.com/hooks  enabled  presence-*`);
    expect((await json("webhooks", "deliveries", added.id)).items).toEqual([]);
    expect(await json("webhooks", "replay", added.id, "--dead")).toEqual({ replayed: 0 });

    expect((await run("webhooks", "remove", added.id)).exitCode).toBe(2);
    await json("webhooks", "remove", added.id, "--yes");
    expect((await json("webhooks", "list")).items).toEqual([]);
  });

  test.each([
    [["webhooks", "add", "ftp://example.com"], 1, "http or https"],
    [["webhooks", "add", "https://example.com", "--header", "nonsense"], 2, "is not a header"],
    [["webhooks", "remove", "wh_0", "--yes"], 1, "usher webhooks list"],
    [["webhooks", "test", "wh_0"], 1, "usher webhooks list"],
    [["webhooks", "replay", "wh_0"], 2, "which deliveries"],
    [["webhooks", "replay", "wh_0", "--dead", "--delivery", "d"], 2, "which deliveries"],
    [["webhooks", "replay", "wh_0", "--from", "yesterday"], 2, "a time such as"],
  ])("%j ends with %d", async (args, exitCode, words) => {
    const finished = await run(...args);
    expect(finished.exitCode).toBe(exitCode);
    expect(finished.errors).toContain(words);
  });
});
