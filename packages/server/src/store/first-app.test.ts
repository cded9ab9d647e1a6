import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM } from "../actor.ts";
import type { AppStore } from "./app-store.ts";
import { ensureFirstApp } from "./first-app.ts";
import { openStore, type Store } from "./open-store.ts";

describe("ensureFirstApp", () => {
  const NOTHING = { credentials: null, settings: null };
  const GIVEN = { credentials: { id: "app-id", key: "app-key", secret: "s3cret" }, settings: null };
  let dataDir: string;
  let opened: Store;
  let store: AppStore;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "usher-first-app-"));
    opened = await openStore({
      dataDir,
      masterKey: null,
      databaseUrl: null,
      create: true,
      lockWaitMs: 1_000,
    });
    store = opened.apps;
  });

  afterEach(async () => {
    await opened.close();
    rmSync(dataDir, { recursive: true });
  });

  test("generates an app in an empty store and shows its secret once", async () => {
    const first = await ensureFirstApp(store, NOTHING, { clientEvents: true });
    expect(first.created).toBe(true);
    expect(first.app.id).toMatch(/^\d{6,10}$/);
    expect(Number(first.app.id)).toBeLessThan(2 ** 31);
    expect(first.app.keys[0]?.key).toMatch(/^[0-9a-f]{20}$/);
    expect(first.secretShownOnce).toMatch(/^[0-9a-f]{40,}$/);
    expect(first.app.keys[0]?.secrets[0]?.value).toBe(first.secretShownOnce ?? "");
    expect(first.app.settings.clientEvents).toBe(true);

    const again = await ensureFirstApp(store, NOTHING, { clientEvents: false });
    expect(again).toEqual({ app: first.app, created: false, notices: [] });
  });

  test("prefers configured settings over those of a generated app", async () => {
    const { app } = await ensureFirstApp(
      store,
      { ...NOTHING, settings: { strict: true } },
      { clientEvents: true },
    );
    expect(app.overrides).toEqual({ strict: true });
  });

  test("applies configured settings to the oldest app when no credentials are given", async () => {
    await ensureFirstApp(store, NOTHING, {});
    const { app } = await ensureFirstApp(store, { ...NOTHING, settings: { strict: true } }, {});
    expect(app.settings.strict).toBe(true);
    const revision = await store.revision();
    await ensureFirstApp(store, { ...NOTHING, settings: { strict: true } }, {});
    expect(await store.revision()).toBe(revision);
  });

  test("takes given credentials as they are and shows no secret", async () => {
    const first = await ensureFirstApp(store, GIVEN, { clientEvents: true });
    expect(first.created).toBe(true);
    expect(first).not.toHaveProperty("secretShownOnce");
    expect(first.app).toMatchObject({ id: "app-id", overrides: {} });
    expect(first.app.keys).toMatchObject([{ key: "app-key", secrets: [{ value: "s3cret" }] }]);
  });

  test("changes nothing when it starts again with the same configuration", async () => {
    const first = await ensureFirstApp(store, GIVEN, {});
    const revision = await store.revision();
    const again = await ensureFirstApp(store, GIVEN, {});
    expect(again).toEqual({ ...first, created: false });
    expect(await store.revision()).toBe(revision);
  });

  test("undoes no step of a rotation when it starts again, and says what became of the configured secret", async () => {
    await ensureFirstApp(store, GIVEN, {});
    const { id, key } = GIVEN.credentials;
    const noticesAfter = async (step: () => Promise<unknown>) => {
      await step();
      return (await ensureFirstApp(store, GIVEN, {})).notices;
    };
    expect(await noticesAfter(() => store.rotateSecret(id, key, { secret: "new" }, SYSTEM))).toEqual([]);
    const activate = () => store.activateSecret(id, key, { retireForSeconds: 60 }, SYSTEM);
    const [retiring] = await noticesAfter(activate);
    expect(retiring).toMatch(
      /^the configured secret of app app-id is retiring and is revoked at 2\d{3}-.*; configure/,
    );
    const revoke = () =>
      store.revokeSecrets(id, key, { which: "retiring", endConnections: false, replacement: "x" }, SYSTEM);
    expect(await noticesAfter(revoke)).toEqual([
      "the configured secret of app app-id was revoked by a rotation and stays so; configure the new one",
    ]);
    expect((await store.get(id))?.keys[0]?.secrets.map(({ value }) => value)).toEqual(["new"]);
  });

  test("says so when the configured secret is the pending one", async () => {
    await ensureFirstApp(store, GIVEN, {});
    const { id, key } = GIVEN.credentials;
    await store.rotateSecret(id, key, { secret: "new" }, SYSTEM);
    const given = { ...GIVEN, credentials: { ...GIVEN.credentials, secret: "new" } };
    const { app, notices } = await ensureFirstApp(store, given, {});
    expect(notices).toEqual([expect.stringContaining("is pending in a rotation; activate it")]);
    expect(app.keys[0]?.secrets.map(({ value }) => value)).toEqual(["s3cret", "new"]);
  });

  test("lets a changed secret and changed settings take effect", async () => {
    await ensureFirstApp(store, GIVEN, {});
    const credentials = { ...GIVEN.credentials, secret: "another" };
    const { app } = await ensureFirstApp(store, { credentials, settings: { clientEvents: true } }, {});
    expect(app.keys).toMatchObject([{ key: "app-key", secrets: [{ value: "another" }] }]);
    expect(app.settings.clientEvents).toBe(true);
  });
});
