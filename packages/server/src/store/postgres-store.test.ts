import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely } from "kysely";
import { hasPostgres, sharedPostgres } from "../../../../tests/support/postgres.ts";
import { SYSTEM } from "../actor.ts";
import { describeUseEvidence } from "../evidence/use-evidence-suite.ts";
import { describeRollups } from "../rollups/rollups-suite.ts";
import type { StoredApp } from "./app-store.ts";
import type { TestDatabase } from "./app-store-suite.ts";
import { type BareDatabase, describeMigrations } from "./migrations-suite.ts";
import { openStore, type Store } from "./open-store.ts";
import { soundConnections } from "./postgres-connections.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { postgresPool } from "./postgres-pool.ts";
import { parsePostgresUrl } from "./postgres-url.ts";
import { faultIn } from "./rotation.ts";
import { StoreError } from "./store-error.ts";
import { describeStore } from "./store-suite.ts";

setDefaultTimeout(30_000);

describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  describeStore("PostgreSQL", createDatabase);
  describeUseEvidence("PostgreSQL", createDatabase);
  describeRollups("PostgreSQL", createDatabase);
  describeMigrations("PostgreSQL", createBareDatabase);

  test("a role that owns nothing serves with the privileges that the documentation names", async () => {
    const postgres = await sharedPostgres();
    const home = await postgres.createDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), "usher-test-"));
    const options = { dataDir, create: true, lockWaitMs: 5_000, masterKey: null };
    await (await openStore({ ...options, databaseUrl: home.url })).close();
    await postgres.run(
      home.name,
      `create role server login password 'x';
       grant select, insert, update, delete on all tables in schema public to server;
       grant usage on all sequences in schema public to server`,
    );
    const store = await openStore({ ...options, databaseUrl: postgres.url(home.name, "server:x") });
    const keys = [{ key: "key-1", secret: "secret-1" }];
    await store.apps.create({ id: "1", name: "Chat", keys, settings: {} }, SYSTEM);
    expect(await store.apps.delete("1", SYSTEM)).toBe(true);
    expect(await store.audit.list({ limit: 10 })).toHaveLength(2);
    await store.close();
    await postgres.run(home.name, "drop owned by server; drop role server");
    await home.drop();
    rmSync(dataDir, { recursive: true });
  });

  describe("many nodes at once", () => {
    let database: TestDatabase;
    let nodes: Store[];

    beforeEach(async () => {
      database = await createDatabase();
      nodes = await Promise.all([database.open(), database.open(), database.open()]);
    });

    afterEach(async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await database.remove();
    });

    test("sixty steps of one key's rotation are each done or refused, and leave a state that the next accepts", async () => {
      const [store] = nodes as [Store];
      const keys = [{ key: "key-1", secret: "secret-1" }];
      await store.apps.create({ id: "1", name: "Chat", keys, settings: {} }, SYSTEM);
      const before = await store.apps.revision();

      const steps = Array.from({ length: 60 }, (_, index) =>
        stepOn(nodes[index % nodes.length] as Store, index),
      );
      const outcomes = await Promise.allSettled(steps.map((step) => step()));

      const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      for (const refusal of refusals) {
        expect(refusal).toBeInstanceOf(StoreError);
        expect(REFUSALS).toContain(refusal.code);
      }
      const done = outcomes.length - refusals.length;
      expect(done).toBeGreaterThan(0);
      const app = (await store.apps.get("1")) as StoredApp;
      expect(faultIn(app.secrets)).toBeUndefined();
      expect(app.keys[0]?.secrets.length).toBeGreaterThan(0);
      // Every step that was done is on record, and every node learns of it; one that was refused left no trace.
      const trail = await store.audit.list({ appId: "1", limit: 500 });
      expect(trail.filter(({ action }) => action.startsWith("secret."))).toHaveLength(done);
      expect(await store.apps.revision()).toBe(before + done);

      for (const step of [nextStep(store, app), () => store.apps.cancelRotation("1", "key-1", SYSTEM)]) {
        expect(faultIn(((await step()) as StoredApp).secrets)).toBeUndefined();
      }
    });

    test("of many who give one key to an app, one succeeds", async () => {
      const pair = { key: "key-1", secret: "secret-1" };
      const created = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index) =>
          (nodes[index % nodes.length] as Store).apps.create(
            { id: String(index), name: "Chat", keys: [pair], settings: {} },
            SYSTEM,
          ),
        ),
      );
      const refused = created.flatMap((outcome) =>
        outcome.status === "rejected" ? [outcome.reason.code] : [],
      );
      expect(refused).toEqual(Array.from({ length: 11 }, () => "key_taken"));
      expect(await nodes[0]?.apps.list()).toHaveLength(1);
    });

    test("what is due is revoked once, whoever asks", async () => {
      const [store] = nodes as [Store];
      const keys = [{ key: "key-1", secret: "secret-1" }];
      await store.apps.create({ id: "1", name: "Chat", keys, settings: {} }, SYSTEM);
      await store.apps.rotateSecret("1", "key-1", { secret: "secret-2" }, SYSTEM);
      await store.apps.activateSecret("1", "key-1", { retireForSeconds: 1 }, SYSTEM);
      const later = new Date(Date.now() + 60_000).toISOString();
      const ended = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          (nodes[index % nodes.length] as Store).apps.revokeDue(later),
        ),
      );
      expect(ended.flat().map(({ value }) => value)).toEqual(["secret-1"]);
      const trail = await store.audit.list({ action: "secret.retired", limit: 50 });
      expect(trail).toHaveLength(1);
    });
  });
});

const REFUSALS = [
  "rotation_in_progress",
  "nothing_pending",
  "nothing_to_undo",
  "nothing_retiring",
] satisfies StoreError["code"][];

function stepOn({ apps }: Store, index: number): () => Promise<unknown> {
  const steps = [
    () => apps.rotateSecret("1", "key-1", { secret: `rotated-${index}` }, SYSTEM),
    () => apps.activateSecret("1", "key-1", { retireForSeconds: index % 2 === 0 ? 0 : 3_600 }, SYSTEM),
    () => apps.cancelRotation("1", "key-1", SYSTEM),
    () => apps.undoActivation("1", "key-1", SYSTEM),
    () =>
      apps.revokeSecrets(
        "1",
        "key-1",
        {
          which: index % 2 === 0 ? "current" : "retiring",
          endConnections: true,
          replacement: `replacement-${index}`,
        },
        SYSTEM,
      ),
  ];
  // Spread by a stride that has no part in common with their number, so that neighbours differ.
  return steps[(index * 7) % steps.length] as () => Promise<unknown>;
}

function nextStep({ apps }: Store, { secrets }: StoredApp): () => Promise<StoredApp> {
  const isPending = secrets.some(({ state }) => state === "pending");
  return isPending
    ? async () => (await apps.list())[0] as StoredApp
    : () => apps.rotateSecret("1", "key-1", { secret: "afterwards" }, SYSTEM);
}

async function createBareDatabase(): Promise<BareDatabase> {
  const database = await (await sharedPostgres()).createDatabase();
  const target = parsePostgresUrl(database.url);
  if (!target) throw new Error(`${database.url} is no address`);
  const bounds = { maxConnections: 2, connectTimeoutMs: 5_000, statementTimeoutMs: null, lockWaitMs: 5_000 };
  const pool = await postgresPool(target, bounds);
  return {
    kind: "postgres",
    db: new Kysely({ dialect: postgresDialect(soundConnections(pool)) }),
    remove: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

async function createDatabase(): Promise<TestDatabase> {
  const database = await (await sharedPostgres()).createDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "usher-test-"));
  return {
    open: () =>
      openStore({ dataDir, create: true, lockWaitMs: 5_000, masterKey: null, databaseUrl: database.url }),
    remove: async () => {
      await database.drop();
      rmSync(dataDir, { recursive: true });
    },
  };
}
