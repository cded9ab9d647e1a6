import { setImmediate } from "node:timers/promises";
import type { Kysely, Selectable } from "kysely";
import type { Database } from "../store/database.ts";
import type { RollupsTable, Tables } from "../store/tables.ts";
import { atOnce, type Bucket, type Counts, inSequence } from "./bucket.ts";
import { LEVELS, type Level, SLOT_SECONDS } from "./levels.ts";

/** Stands for all apps together, where an app's id is asked for. */
export const ALL_APPS = "";

/** A stretch of time in steps; both ends on a step. */
export interface Steps {
  readonly fromMs: number;
  /** Not itself within. */
  readonly toMs: number;
  readonly stepSeconds: number;
}

/** What happened, by the beginning of each step in which anybody looked and something was to be seen. */
export type Timeline = ReadonlyMap<number, Bucket>;

/**
 * The figures of the last seven days in SQL: every 10 s for an hour, every minute for a day, every 10 minutes for the rest.
 *
 * Each server writes its own slots of 10 s. Any server rolls them up, once they lie a little back: from then on all servers
 * are one row. What an app did not do is not written; that nobody looked shows in `ALL_APPS`, which is always written.
 *
 * Methods throw a `StoreError`.
 */
export class RollupStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Writes what one server saw in one slot. A slot that it has written before stays as it is: its clock went back.
   *
   * @param buckets by app, `ALL_APPS` among them.
   */
  write(nodeId: string, atMs: number, buckets: ReadonlyMap<string, Bucket>): Promise<void> {
    return this.#insert([...buckets].map(([appId, seen]) => toRow(appId, SLOT_SECONDS, atMs, nodeId, seen)));
  }

  /**
   * Adds up what lies far enough back that every server has written it. Several servers may do so at the same time: they
   * come to the same.
   */
  async rollUp(nowMs: number): Promise<void> {
    for (const level of LEVELS.keys()) if (level > 0) await this.#rollUpInto(level, nowMs);
  }

  /** Forgets what is older than its level keeps and was rolled up. */
  async prune(nowMs: number): Promise<void> {
    for (const [index, { stepSeconds, keptSeconds }] of LEVELS.entries()) {
      const coarse = LEVELS[index + 1];
      await this.#database.query(async (db) => {
        const rolledUpMs = coarse ? ((await rolledUpTo(db, coarse.stepSeconds)) ?? 0) : nowMs;
        await db
          .deleteFrom("rollups")
          .where("step_seconds", "=", stepSeconds)
          .where("at", "<", iso(Math.min(nowMs - keptSeconds * 1000, rolledUpMs)))
          .execute();
      });
    }
  }

  /** Forgets an app that is gone. */
  async forget(appId: string): Promise<void> {
    await this.#database.query((db) => db.deleteFrom("rollups").where("app_id", "=", appId).execute());
  }

  /**
   * What happened to each of these apps, the steps that were not rolled up yet included.
   *
   * @returns a timeline for every app that was asked for.
   */
  async read(appIds: readonly string[], steps: Steps): Promise<ReadonlyMap<string, Timeline>> {
    const rows = await this.#database.query((db) => readRows(db, appIds, steps));
    const byApp = Map.groupBy(rows, (row) => row.app_id);
    return new Map(appIds.map((appId) => [appId, timelineOf(byApp.get(appId) ?? [], steps.stepSeconds)]));
  }

  /**
   * What the servers but one last told of now, added up by app; an app that they do not have is left out.
   *
   * @param nodeId the one; `null` for none.
   */
  async elsewhere(nodeId: string | null, nowMs: number): Promise<ReadonlyMap<string, Bucket>> {
    const rows = await this.#database.query((db) =>
      db
        .selectFrom("rollups")
        .selectAll()
        .where("step_seconds", "=", SLOT_SECONDS)
        .where("at", ">=", iso(nowMs - FRESH_MS))
        .where("node_id", "!=", nodeId ?? ALL_NODES)
        .orderBy("at")
        .execute(),
    );
    // The last slot of a server counts, also for an app that it says nothing of any more.
    const latest = new Map(rows.map(({ node_id, at }) => [node_id, at]));
    const current = rows.filter(({ node_id, at }) => latest.get(node_id) === at);
    const byApp = Map.groupBy(current, (row) => row.app_id);
    return new Map([...byApp].map(([appId, ofApp]) => [appId, atOnce(ofApp.map(toBucket))]));
  }

  /** Apps take turns, and all of them together come last: their row says that the steps up to it are done. */
  async #rollUpInto(level: number, nowMs: number): Promise<void> {
    const steps = await this.#database.query((db) => stepsDue(db, level, nowMs));
    if (!steps) return;
    const { stepSeconds: fineSeconds } = levelAt(level - 1);
    const apps = await this.#database.query((db) => appsWithin(db, fineSeconds, steps));
    for (const some of chunks(apps, MOST_APPS)) await this.#rollUpApps(some, fineSeconds, steps);
    await this.#rollUpApps([ALL_APPS], fineSeconds, steps);
  }

  async #rollUpApps(appIds: readonly string[], fineSeconds: number, steps: Steps): Promise<void> {
    const { fromMs, toMs, stepSeconds } = steps;
    const rows = await this.#database.query((db) =>
      db
        .selectFrom("rollups")
        .selectAll()
        .where("app_id", "in", appIds)
        .where("step_seconds", "=", fineSeconds)
        .where("at", ">=", iso(fromMs))
        .where("at", "<", iso(toMs))
        .execute(),
    );
    const rolledUp = [...Map.groupBy(rows, (row) => row.app_id)].flatMap(([appId, ofApp]) =>
      [...timelineOf(ofApp, stepSeconds)].map(([atMs, bucket]) =>
        toRow(appId, stepSeconds, atMs, ALL_NODES, bucket),
      ),
    );
    await this.#insert(rolledUp);
  }

  async #insert(rows: readonly RollupsTable[]): Promise<void> {
    for (const some of chunks(rows, MOST_ROWS)) {
      await this.#database.query((db) =>
        db
          .insertInto("rollups")
          .values(some)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
      // SQLite writes on the spot, so others get their turn in between.
      await setImmediate();
    }
  }
}

/** A server that wrote nothing for so long says nothing about now. */
const FRESH_MS = 30_000;
/** Every server has written a slot when it lies so far back. */
const SETTLED_MS = 20_000;
/** Steps that are rolled up at once; the rest has time until the next. */
const MOST_STEPS = 10;
/** Apps whose rows are in memory at once. */
const MOST_APPS = 20;
const MOST_ROWS = 100;

/** The steps of a level that are complete and not rolled up yet; undefined where there are none. */
async function stepsDue(db: Kysely<Tables>, level: number, nowMs: number): Promise<Steps | undefined> {
  const { stepSeconds } = levelAt(level);
  const stepMs = stepSeconds * 1000;
  const firstMs = await firstLeft(db, level);
  if (firstMs === undefined) return undefined;
  const fromMs = floor(firstMs, stepMs);
  // What lies before the first step that is still to come from a finer level is complete.
  const missingMs = level > 1 ? await firstLeft(db, level - 1) : undefined;
  const settledMs = Math.min(nowMs - SETTLED_MS, missingMs ?? nowMs);
  const toMs = Math.min(floor(settledMs, stepMs), fromMs + MOST_STEPS * stepMs);
  return toMs <= fromMs ? undefined : { fromMs, toMs, stepSeconds };
}

/** All but `ALL_APPS`. */
async function appsWithin(
  db: Kysely<Tables>,
  fineSeconds: number,
  { fromMs, toMs }: Steps,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("rollups")
    .select("app_id")
    .distinct()
    .where("step_seconds", "=", fineSeconds)
    .where("at", ">=", iso(fromMs))
    .where("at", "<", iso(toMs))
    .where("app_id", "!=", ALL_APPS)
    .execute();
  return rows.map((row) => row.app_id);
}

/** Where the steps of a length end; undefined where there is none. */
async function rolledUpTo(db: Kysely<Tables>, stepSeconds: number): Promise<number | undefined> {
  const { at } = await db
    .selectFrom("rollups")
    .select(({ fn }) => fn.max<string | null>("at").as("at"))
    .where("app_id", "=", ALL_APPS)
    .where("step_seconds", "=", stepSeconds)
    .executeTakeFirstOrThrow();
  return at === null ? undefined : Date.parse(at) + stepSeconds * 1000;
}

/** Where the first step begins that was not rolled up into this level yet; undefined where there is none. */
async function firstLeft(db: Kysely<Tables>, index: number): Promise<number | undefined> {
  const doneMs = (await rolledUpTo(db, levelAt(index).stepSeconds)) ?? 0;
  const { at } = await db
    .selectFrom("rollups")
    .select(({ fn }) => fn.min<string | null>("at").as("at"))
    .where("app_id", "=", ALL_APPS)
    .where("step_seconds", "=", levelAt(index - 1).stepSeconds)
    .where("at", ">=", iso(doneMs))
    .executeTakeFirstOrThrow();
  return at === null ? undefined : Date.parse(at);
}

function levelAt(index: number): Level {
  const level = LEVELS[index];
  if (!level) throw new Error(`there is no level ${index}`);
  return level;
}

/**
 * The coarsest rows up to where they end, then finer ones. Where they end is asked first: what is rolled up in between is
 * then read from the finer rows, which stay.
 */
async function readRows(
  db: Kysely<Tables>,
  appIds: readonly string[],
  { fromMs, toMs, stepSeconds }: Steps,
): Promise<Row[]> {
  const levels = LEVELS.filter((level) => level.stepSeconds <= stepSeconds).toReversed();
  const ends: number[] = [];
  for (const level of levels) {
    const endMs = level.stepSeconds === SLOT_SECONDS ? toMs : await rolledUpTo(db, level.stepSeconds);
    ends.push(endMs ?? fromMs);
  }
  const rows: Row[] = [];
  let reachedMs = fromMs;
  for (const [index, level] of levels.entries()) {
    const endMs = Math.min(ends[index] ?? fromMs, toMs);
    if (endMs <= reachedMs) continue;
    rows.push(
      ...(await db
        .selectFrom("rollups")
        .selectAll()
        .where("app_id", "in", appIds)
        .where("step_seconds", "=", level.stepSeconds)
        .where("at", ">=", iso(reachedMs))
        .where("at", "<", iso(endMs))
        .execute()),
    );
    reachedMs = endMs;
  }
  return rows;
}

type Row = Selectable<RollupsTable>;

/** In a roll-up no node is named: it is all of them. */
const ALL_NODES = "";

/** First what several servers saw at the same time, then what follows one another. */
function timelineOf(rows: readonly Row[], stepSeconds: number): Timeline {
  const moments = [...Map.groupBy(rows, (row) => row.at)].map(
    ([at, together]) => [Date.parse(at), atOnce(together.map(toBucket))] as const,
  );
  const steps = Map.groupBy(moments, ([atMs]) => floor(atMs, stepSeconds * 1000));
  return new Map([...steps].map(([atMs, within]) => [atMs, inSequence(within.map(([, bucket]) => bucket))]));
}

function toRow(
  appId: string,
  stepSeconds: number,
  atMs: number,
  nodeId: string,
  { slots, connections, peak, channels, counts }: Bucket,
): RollupsTable {
  return {
    app_id: appId,
    step_seconds: stepSeconds,
    at: iso(atMs),
    node_id: nodeId,
    slots,
    connections,
    peak,
    channels,
    counts: JSON.stringify(counts),
  };
}

function toBucket({ slots, connections, peak, channels, counts }: Row): Bucket {
  return { slots, connections, peak, channels, counts: JSON.parse(counts) as Counts };
}

function* chunks<T>(all: readonly T[], size: number): Iterable<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

function floor(ms: number, stepMs: number): number {
  return Math.floor(ms / stepMs) * stepMs;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
