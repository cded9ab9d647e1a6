import { describe, setDefaultTimeout } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasPostgres, sharedPostgres } from "../../../../tests/support/postgres.ts";
import { openStore } from "../store/open-store.ts";
import { describeWebhookStore } from "./webhook-store-suite.ts";

setDefaultTimeout(30_000);

const OPTIONS = { create: true, lockWaitMs: 5_000, masterKey: null } as const;

describeWebhookStore("sqlite", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "usher-webhooks-"));
  return {
    open: () => openStore({ ...OPTIONS, dataDir, databaseUrl: null }),
    remove: async () => rmSync(dataDir, { recursive: true }),
  };
});

describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  describeWebhookStore("PostgreSQL", async () => {
    const postgres = await sharedPostgres();
    const { url, drop } = await postgres.createDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), "usher-webhooks-"));
    return {
      open: () => openStore({ ...OPTIONS, dataDir, databaseUrl: url }),
      remove: async () => {
        await drop();
        rmSync(dataDir, { recursive: true });
      },
    };
  });
});
