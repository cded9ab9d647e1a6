import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../test-cli.ts";

let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "usher-cli-"));
  env = { USHER_DATA_DIR: join(folder, "store") };
});

afterEach(() => rmSync(folder, { recursive: true }));

const FILES = {
  "soketi.env": [
    "SOKETI_DEFAULT_APP_ID=shop",
    "SOKETI_DEFAULT_APP_KEY=shop-key",
    "SOKETI_DEFAULT_APP_SECRET=short",
    "SOKETI_DEFAULT_APP_ENABLED=false",
    'SOKETI_DEFAULT_APP_WEBHOOKS=[{"url":"https://shop.example.com/a","event_types":["client_event"],"filter":{"channel_name_ends_with":"-log"}},{"url":"https://shop.example.com/b","event_types":["unheard_of"]}]',
    "SOKETI_EVENT_MAX_NAME_LENGTH=5000",
  ].join("\n"),
  ".env": "APP_NAME=Tickets\nREVERB_APP_ID=7\nREVERB_APP_KEY=reverb-key\nREVERB_APP_SECRET=reverb-secret",
  "pusher.env":
    "PUSHER_APP_ID=8\nPUSHER_APP_KEY=pusher-key\nPUSHER_APP_SECRET=pusher-secret\nPUSHER_APP_CLUSTER=eu",
};

function run(...args: readonly string[]) {
  return runCommand(args, { env, files: FILES });
}

describe("usher import", () => {
  test("soketi takes over an app with its secret, limits and webhooks, and says what is different", async () => {
    const { exitCode, out } = await run("import", "soketi", "soketi.env", "--json");
    expect(exitCode).toBe(0);
    expect(out).not.toContain("short");
    const { imported, skipped, dry_run: isDryRun } = JSON.parse(out);
    expect({ isDryRun, skipped }).toEqual({ isDryRun: false, skipped: [] });
    expect(imported).toEqual([
      {
        id: "shop",
        name: "Soketi shop",
        enabled: false,
        key: "shop-key",
        // Those that are the default here, too, are left to it.
        settings: { data_limit: 102_400, cache_lifetime: 3_600, presence_limits: { member_bytes: 2_048 } },
        webhooks: ["https://shop.example.com/a", "https://shop.example.com/b"],
        remarks: [
          expect.stringContaining("event_name_length was not carried over: 5000 is not a whole number"),
          expect.stringContaining("https://shop.example.com/b was not carried over"),
        ],
      },
    ]);
    const shown = JSON.parse((await run("apps", "show", "shop", "--json")).out);
    expect(shown).toMatchObject({ enabled: false, overrides: imported[0].settings });
    expect(JSON.parse((await run("secrets", "reveal", "--app", "shop", "--json")).out).secret).toBe("short");
    const webhooks = JSON.parse((await run("webhooks", "list", "--json")).out).items;
    expect(webhooks).toMatchObject([
      { event_types: ["client_event"], channel_prefix: "", channel_suffix: "-log" },
    ]);
  });

  test("--dry-run says the same and does nothing, even where there is no store", async () => {
    const { exitCode, out } = await run("import", "reverb", ".env", "--dry-run");
    expect(exitCode).toBe(0);
    expect(out).toStartWith("would import app 7\n  name ");
    expect(out).toContain("client_events");
    expect(out).not.toContain("reverb-secret");
    expect(existsSync(join(folder, "store"))).toBe(false);
  });

  test("what is there already is left as it is, with a word", async () => {
    await run("import", "reverb", ".env");
    const again = await run("import", "reverb", ".env", "--json");
    expect(JSON.parse(again.out)).toMatchObject({
      imported: [],
      skipped: [{ id: "7", reason: "there is an app with this id already" }],
    });
    await run("apps", "create", "--id", "9", "--key", "pusher-key");
    const taken = await run("import", "pusher", "pusher.env");
    expect(taken.exitCode).toBe(0);
    expect(taken.out).toBe("skipped app 8: its key belongs to app 9 already\n");
  });

  test("--settings count for more than what was read", async () => {
    const settings = '{"client_events":null,"presence_limits":{"members":500}}';
    const { out } = await run("import", "reverb", ".env", "--settings", settings, "--json");
    expect(JSON.parse(out).imported[0].settings).toEqual({
      client_event_rate: 100_000,
      presence_limits: { members: 500, member_bytes: 10_000 },
    });
  });

  test("remarks about all files go to standard error", async () => {
    const { out, errors } = await run("import", "pusher", "pusher.env");
    expect(out).toContain("the cluster eu");
    expect(errors).toContain("Pusher's dashboard");
  });

  test.each([
    [["import", "soketi", "nowhere.env"], 2, "nowhere.env cannot be read"],
    [["import", "soketi", "pusher.env", ".env", "--settings", "{"], 2, "settings"],
    [["import", "reverb", "pusher.env"], 1, "no app of Reverb's was found"],
    [["import", "pusher"], 2, "missing required argument"],
  ])("%j ends with %d", async (args, exitCode, words) => {
    const finished = await run(...args);
    expect(finished.exitCode).toBe(exitCode);
    expect(finished.errors).toContain(words);
    expect(existsSync(join(folder, "store"))).toBe(false);
  });
});
