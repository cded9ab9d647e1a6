import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { hasPostgres, sharedPostgres } from "../../../../tests/support/postgres.ts";
import { openStore } from "../store/open-store.ts";
import type { StoredUses } from "./evidence-store.ts";
import type { UnsavedUses } from "./secret-uses.ts";
import { UseEvidence } from "./use-evidence.ts";
import { describeUseEvidence } from "./use-evidence-suite.ts";

const OPTIONS = { create: true, lockWaitMs: 5_000, masterKey: null } as const;

describeUseEvidence("sqlite", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "usher-evidence-"));
  return {
    open: () => openStore({ ...OPTIONS, dataDir, databaseUrl: null }),
    remove: async () => rmSync(dataDir, { recursive: true }),
  };
});

describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  describeUseEvidence("PostgreSQL", async () => {
    const database = await (await sharedPostgres()).createDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), "usher-evidence-"));
    return {
      open: () => openStore({ ...OPTIONS, dataDir, databaseUrl: database.url }),
      remove: async () => {
        await database.drop();
        rmSync(dataDir, { recursive: true });
      },
    };
  });
});

describe("when the database fails", () => {
  test("uses are kept, stored when it is well again, and each spell is logged once", async () => {
    const { evidence, database, logged } = failing();
    database.fails = true;
    evidence.uses.record("s1", "channel", "sdk", null, 1);
    await evidence.flush();
    await evidence.flush();
    evidence.uses.record("s1", "channel", "sdk", null, 2);
    expect(database.stored).toEqual([]);
    database.fails = false;
    await evidence.flush();
    await evidence.flush();
    expect(database.stored).toMatchObject([{ secretId: "s1", count: 2, firstAtMs: 1, lastAtMs: 2 }]);
    database.fails = true;
    evidence.uses.record("s1", "channel", "sdk", null, 3);
    await evidence.stop();
    expect(logged()).toEqual([
      "cannot store the uses of secrets; they are kept until that works",
      "the uses of secrets are stored again",
      "cannot store the uses of secrets; they are kept until that works",
    ]);
  });

  test("what was stored before it failed is not stored twice", async () => {
    const { evidence, database } = failing();
    for (let number = 0; number < 250; number++) evidence.uses.record(`s${number}`, "user", "sdk", null, 1);
    database.failsAfter = 1;
    await evidence.flush();
    expect(database.stored.length).toBe(200);
    await evidence.flush();
    expect(database.stored.map(({ count }) => count)).toEqual(Array.from({ length: 250 }, () => 1));
  });

  test("whoever asks for the use of a secret is told so", async () => {
    const { evidence, database } = failing();
    database.fails = true;
    await expect(evidence.useOf(["s1"])).rejects.toThrow("the database is down");
    database.fails = false;
    expect((await evidence.useOf(["s1"])).get("s1")?.countLast24Hours).toBe(0);
  });
});

/** Evidence over a database that can be told to fail. */
function failing() {
  const lines: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
  const database = new FailingDatabase();
  return {
    evidence: new UseEvidence({ store: database, log, now: () => 1_000 }),
    database,
    logged: () => lines,
  };
}

class FailingDatabase {
  fails = false;
  /** Fails once, after so many statements that work. */
  failsAfter = Number.POSITIVE_INFINITY;
  readonly stored: UnsavedUses[] = [];

  async add(uses: readonly UnsavedUses[]): Promise<void> {
    this.#check();
    this.stored.push(...uses);
  }

  async read(): Promise<StoredUses> {
    this.#check();
    return { sinceMs: 0, lifetimes: [], uses: [] };
  }

  async removeOld(): Promise<void> {
    this.#check();
  }

  #check(): void {
    if (this.failsAfter-- === 0) {
      this.failsAfter = Number.POSITIVE_INFINITY;
      throw new Error("the database is down for a moment");
    }
    if (this.fails) throw new Error("the database is down");
  }
}
