import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "../store/open-store.ts";
import { type AdminHarness, codeOf, openAdmin } from "./testing/admin-harness.ts";

describe("credentials", () => {
  let dataDir: string;
  let admin: AdminHarness;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "usher-authenticate-"));
    const options = { dataDir, create: true, lockWaitMs: 20, masterKey: null, databaseUrl: null };
    admin = await openAdmin({ store: await openStore(options) });
  });
  afterEach(async () => {
    await admin.close();
    rmSync(dataDir, { recursive: true });
  });

  test.each([
    ["of another scheme", "Basic YWRhOnBhc3N3b3Jk"],
    ["without a token", "Bearer "],
    ["with what no token looks like", "Bearer two words and more than twenty characters"],
    ["far too long", `Bearer usher_${"x".repeat(10_000)}`],
    ["with the hash of a token", `Bearer ${"0".repeat(64)}`],
  ])("%s are refused, not passed over", async (_, authorization) => {
    const session = await admin.operator("owner");
    const answer = await admin.ask("GET /session", { as: { ...session, authorization } });
    expect([answer.status, codeOf(answer)]).toEqual([401, "token_invalid"]);
  });

  test("are good while another process holds the database, which then does not learn of their use", async () => {
    const token = await admin.token("viewer");
    const session = await admin.operator("viewer");
    admin.clock.nowMs += 120_000;
    const file = readdirSync(dataDir).find((name) => name.endsWith(".db")) ?? "";
    const holder = new DatabaseSync(join(dataDir, file));
    holder.exec("begin immediate");
    expect((await admin.ask("GET /session", { as: token })).status).toBe(200);
    expect((await admin.ask("GET /session", { as: session })).status).toBe(200);
    expect((await admin.tokens.list({ limit: 1 }))[0]?.usedAt).toBeNull();
    holder.exec("rollback");
    holder.close();
    expect((await admin.ask("GET /session", { as: token })).status).toBe(200);
    expect((await admin.tokens.list({ limit: 1 }))[0]?.usedAt).not.toBeNull();
  });
});
