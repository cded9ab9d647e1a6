import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../config/load-config.ts";
import { openInProcessAdmin } from "./in-process-admin.ts";

let dataDir: string;

beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), "usher-admin-")), "store");
});

afterEach(() => rmSync(join(dataDir, ".."), { recursive: true }));

async function open({ create }: { create: boolean }) {
  const loaded = loadConfig({ flags: { dataDir }, env: {}, readFile: () => "", isTerminal: false });
  if (!loaded.ok) throw new Error("the defaults are not a configuration");
  return openInProcessAdmin(loaded.value.config, { create, lockWaitMs: 1_000 });
}

describe("openInProcessAdmin", () => {
  test("answers whoever may open the store, as an owner, and leaves what it did in the audit trail", async () => {
    const admin = await open({ create: true });
    const created = await admin.ask("/apps", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"id":"a+b~1"}',
    });
    expect(created.status).toBe(201);
    expect((await admin.ask("/apps/a%2Bb~1/settings", {})).status).toBe(200);
    const audit = await (await admin.ask("/audit?limit=1", {})).json();
    expect(audit.items).toMatchObject([{ action: "app.create", actor: { kind: "local", address: null } }]);
    await admin.close();

    const again = await open({ create: false });
    expect((await (await again.ask("/apps", {})).json()).items).toMatchObject([{ id: "a+b~1", live: null }]);
    await again.close();
  });

  test("says what it says over the network to what it cannot do", async () => {
    const admin = await open({ create: true });
    const code = async (path: string, init: RequestInit = {}) =>
      (await (await admin.ask(path, init)).json()).error.code;
    expect(await code("/nothing")).toBe("route_not_found");
    expect(await code("/apps", { method: "DELETE" })).toBe("method_not_allowed");
    expect(await code("/apps/1")).toBe("app_not_found");
    await admin.close();
  });

  test("makes no store unless it is told to", async () => {
    await expect(open({ create: false })).rejects.toMatchObject({ code: "missing" });
    expect(existsSync(dataDir)).toBe(false);
  });
});
