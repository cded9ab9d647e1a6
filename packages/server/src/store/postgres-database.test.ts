import { afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { sql } from "kysely";
import {
  hasPostgres,
  sharedPostgres,
  startPostgres,
  type TestPostgres,
  type TestPostgresDatabase,
} from "../../../../tests/support/postgres.ts";
import { eventually } from "../../../../tests/support/time-limit.ts";
import type { Database } from "./database.ts";
import { openPostgresDatabase, type PostgresOptions } from "./postgres-database.ts";

setDefaultTimeout(30_000);

const LOCK_WAIT_MS = 5_000;
const opened: Database[] = [];

async function open(url: string, options: Partial<PostgresOptions> = {}): Promise<Database> {
  const database = await openPostgresDatabase({ url, create: true, lockWaitMs: LOCK_WAIT_MS, ...options });
  opened.push(database);
  return database;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

/** A change that reads first, as a rotation does: whoever comes in between is overwritten. */
async function countOn(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    const { value } = await transaction.selectFrom("revision").select("value").executeTakeFirstOrThrow();
    await transaction
      .updateTable("revision")
      .set({ value: value + 1 })
      .execute();
  });
}

describe.skipIf(!hasPostgres)("PostgreSQL: what it is opened with", () => {
  let postgres: TestPostgres;
  let home: TestPostgresDatabase;

  beforeAll(async () => {
    postgres = await sharedPostgres();
  });

  beforeEach(async () => {
    home = await postgres.createDatabase();
  });

  afterEach(() => home.drop());

  test("counts and sums come back as numbers", async () => {
    const database = await open(home.url);
    const row = await database.query((db) =>
      db
        .selectFrom("revision")
        .select((eb) => [
          eb.fn.countAll().as("count"),
          eb.fn.max("value").as("max"),
          eb.fn.sum("value").as("sum"),
          sql`9007199254740991::bigint`.as("large"),
        ])
        .executeTakeFirstOrThrow(),
    );
    expect(row).toEqual({ count: 1, max: 0, sum: 0, large: Number.MAX_SAFE_INTEGER } as never);
    expect(await database.revision()).toBe(0);
  });

  test("twelve that open it at once make its tables once", async () => {
    const databases = await Promise.all(Array.from({ length: 12 }, () => open(home.url)));
    for (const database of databases) expect(await database.revision()).toBe(0);
    const [row] = await postgres.run(home.name, "select count(*)::int as count from revision");
    expect(row?.count).toBe(1);
  });

  test("leaves no connection behind when it is closed, used or not", async () => {
    const used = await open(home.url);
    await countOn(used);
    await used.revision();
    const unused = await open(home.url);
    await Promise.all([used.close(), unused.close()]);
    await eventually(
      () => postgres.run("postgres", `select * from pg_stat_activity where datname = '${home.name}'`),
      (sessions) => sessions.length === 0,
    );
  });

  test("wrong password: authentication_failed, and the message does not repeat it", async () => {
    await postgres.run(home.name, "create role ann login password 'right'");
    const url = postgres.url(home.name, "ann:wrong-word");
    const failure = await open(url).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "authentication_failed" });
    expect(Bun.inspect(failure)).not.toContain("wrong-word");
    await expect(open(postgres.url(home.name, "ann"))).rejects.toMatchObject({
      code: "authentication_failed",
    });
    await postgres.run(home.name, "drop role ann");
  });

  test("a database without tables, when none are to be made: missing, and none are made", async () => {
    await expect(open(home.url, { create: false })).rejects.toMatchObject({ code: "missing" });
    const tables = "select 1 from information_schema.tables where table_schema = 'public'";
    expect(await postgres.run(home.name, tables)).toEqual([]);
    await open(home.url);
    expect(await (await open(home.url, { create: false })).revision()).toBe(0);
  });

  test("a database that is not there: database_missing", async () => {
    await expect(open(postgres.url("nowhere"))).rejects.toMatchObject({ code: "database_missing" });
  });

  test("a database that cannot hold every name: database_unsuitable", async () => {
    const ascii = await postgres.createDatabase("SQL_ASCII");
    await expect(open(ascii.url)).rejects.toMatchObject({ code: "database_unsuitable" });
    await ascii.drop();
  });

  test("a role without a connection left: too_many_connections", async () => {
    await postgres.run(home.name, "create role crowd login password 'x' connection limit 0");
    await expect(open(postgres.url(home.name, "crowd:x"))).rejects.toMatchObject({
      code: "too_many_connections",
    });
    await postgres.run(home.name, "drop role crowd");
  });

  test("a role that may not write: read_only, at the start or at the first change", async () => {
    await postgres.run(home.name, "revoke create on schema public from public");
    await postgres.run(home.name, "create role reader login password 'x'");
    const url = postgres.url(home.name, "reader:x");
    await expect(open(url)).rejects.toMatchObject({ code: "read_only" });

    await open(home.url);
    await postgres.run(home.name, "grant select on all tables in schema public to reader");
    const database = await open(url);
    expect(await database.revision()).toBe(0);
    await expect(countOn(database)).rejects.toMatchObject({ code: "read_only" });
    await postgres.run(home.name, "drop owned by reader; drop role reader");
  });

  test("a database that is set to read only: read_only", async () => {
    const database = await open(home.url);
    await postgres.run("postgres", `alter database ${home.name} set default_transaction_read_only = on`);
    const other = await open(home.url);
    await expect(countOn(other)).rejects.toMatchObject({ code: "read_only" });
    expect(await database.revision()).toBe(0);
  });

  test.each([
    ["53100", "disk_full"],
    ["XX001", "corrupt"],
    ["22012", "failed"],
  ])("an answer with SQLSTATE %s: %s", async (state, code) => {
    const database = await open(home.url);
    const raise = sql.raw(`do $$ begin raise exception using errcode = '${state}'; end $$`);
    await expect(database.query((db) => raise.execute(db))).rejects.toMatchObject({ code });
  });

  test("a fault of our own is not dressed up as the database's", async () => {
    const database = await open(home.url);
    const fault = new TypeError("x is undefined");
    await expect(database.transaction(() => Promise.reject(fault))).rejects.toBe(fault);
    expect(await database.revision()).toBe(0);
  });
});

describe.skipIf(!hasPostgres)("PostgreSQL: many at once", () => {
  let postgres: TestPostgres;
  let home: TestPostgresDatabase;

  beforeEach(async () => {
    postgres = await sharedPostgres();
    home = await postgres.createDatabase();
  });

  afterEach(() => home.drop());

  test("changes that read first lose none of each other's, whichever node makes them", async () => {
    const nodes = await Promise.all([open(home.url), open(home.url), open(home.url)]);
    await Promise.all(nodes.flatMap((node) => Array.from({ length: 20 }, () => countOn(node))));
    expect(await nodes[0]?.revision()).toBe(60);
  });

  test("reading does not wait for a change that is under way", async () => {
    const database = await open(home.url);
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const change = database.transaction(async () => {
      begin();
      await held;
    });
    await begun;
    expect(await database.revision()).toBe(0);
    letGo();
    await change;
  });

  test("a change that waits too long for another: locked, and the next succeeds", async () => {
    const [one, other] = [await open(home.url), await open(home.url, { lockWaitMs: 50 })];
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const change = one.transaction(async () => {
      begin();
      await held;
    });
    await begun;
    await expect(countOn(other)).rejects.toMatchObject({ code: "locked" });
    letGo();
    await change;
    await countOn(other);
    expect(await other.revision()).toBe(1);
  });

  test("a node that goes silent in the middle of a change loses it, before others give up waiting", async () => {
    const [silent, other] = [
      await open(home.url, { lockWaitMs: 2_000 }),
      await open(home.url, { lockWaitMs: 2_000 }),
    ];
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const change = silent.transaction(async (transaction) => {
      await transaction.updateTable("revision").set({ value: 100 }).execute();
      begin();
      await held;
    });
    await begun;
    await countOn(other);
    letGo();
    await expect(change).rejects.toMatchObject({ code: "unreachable" });
    await countOn(silent);
    expect(await other.revision()).toBe(2);
  });

  test("a change given up for a deadlock is made again", async () => {
    const database = await open(home.url);
    const stranger = new Bun.SQL({ url: home.url, max: 1 });
    await postgres.run(home.name, "create table pair (name text primary key, value int)");
    await postgres.run(home.name, "insert into pair values ('a', 0), ('b', 0)");
    const session = await stranger.reserve();
    // The stranger waits for ever, so the one who is given up is ours.
    await session.unsafe("set deadlock_timeout = '60s'");
    await session.unsafe("begin");
    await session.unsafe("update pair set value = value + 1 where name = 'a'");
    let attempts = 0;
    let stranded: Promise<unknown> = Promise.resolve();
    await database.transaction(async (transaction) => {
      attempts++;
      await sql`update pair set value = value + 1 where name = 'b'`.execute(transaction);
      if (attempts === 1) {
        stranded = session
          .unsafe("update pair set value = value + 1 where name = 'b'")
          .then(() => session.unsafe("commit"));
      }
      await sql`update pair set value = value + 1 where name = 'a'`.execute(transaction);
    });
    await stranded;
    session.release();
    await stranger.end();
    expect(attempts).toBe(2);
    expect(await postgres.run(home.name, "select value from pair order by name")).toMatchObject([
      { value: 2 },
      { value: 2 },
    ]);
  });

  test("no connection left in the pool: busy, until one is free", async () => {
    const bounds = { maxConnections: 1, connectTimeoutMs: 1_500 };
    const database = await open(home.url, { bounds });
    const [blocker, unblock] = await holdLock(home.url, 7);
    const waiting = database.query((db) => sql`select pg_advisory_lock(7)`.execute(db));
    await blocker;
    await expect(database.revision()).rejects.toMatchObject({ code: "busy" });
    await unblock();
    await waiting;
    expect(await database.revision()).toBe(0);
  });

  test("a statement that takes too long: busy, and the connection serves on", async () => {
    const database = await open(home.url, { bounds: { statementTimeoutMs: 500, maxConnections: 1 } });
    await expect(database.query((db) => sql`select pg_sleep(60)`.execute(db))).rejects.toMatchObject({
      code: "busy",
    });
    expect(await database.revision()).toBe(0);
  });

  /** Holds a lock until told; `held` resolves once somebody else waits for it. */
  async function holdLock(url: string, lock: number): Promise<[held: Promise<unknown>, () => Promise<void>]> {
    const stranger = new Bun.SQL({ url, max: 1 });
    await stranger.unsafe(`select pg_advisory_lock(${lock})`);
    const held = eventually(
      () => postgres.run(home.name, "select 1 from pg_locks where locktype = 'advisory' and not granted"),
      (waiting) => waiting.length > 0,
    );
    return [held, () => stranger.end()];
  }
});

describe.skipIf(!hasPostgres)("PostgreSQL: a server that goes away", () => {
  let postgres: TestPostgres;
  let home: TestPostgresDatabase;

  beforeEach(async () => {
    postgres = await startPostgres();
    home = await postgres.createDatabase();
  });

  afterEach(() => postgres.remove());

  test("is not there at the start: unreachable", async () => {
    await postgres.kill();
    await expect(open(home.url)).rejects.toMatchObject({ code: "unreachable" });
  });

  test("comes back, and the database is used again without being opened again", async () => {
    const database = await open(home.url);
    await countOn(database);
    await Promise.all([database.revision(), database.revision(), database.revision()]);
    await postgres.kill();
    await expect(database.revision()).rejects.toMatchObject({ code: "unreachable" });
    await expect(countOn(database)).rejects.toMatchObject({ code: "unreachable" });
    await postgres.start();
    await countOn(database);
    expect(await database.revision()).toBe(2);
  });

  test("goes away and comes back between two questions, unnoticed", async () => {
    const database = await open(home.url);
    await Promise.all([database.revision(), countOn(database)]);
    await postgres.kill();
    await postgres.start();
    await eventually(
      () => database.revision().catch(() => -1),
      (revision) => revision === 1,
    );
  });

  test("ends in the middle of a change: unreachable, and nothing of it was written", async () => {
    const database = await open(home.url);
    const change = database.transaction(async (transaction) => {
      await transaction.updateTable("revision").set({ value: 7 }).execute();
      await postgres.kill();
      await transaction.updateTable("revision").set({ value: 8 }).execute();
    });
    await expect(change).rejects.toMatchObject({ code: "unreachable" });
    await postgres.start();
    expect(await database.revision()).toBe(0);
  });

  test("loses one connection in the middle of a change: nothing was written, and nobody waits for its lock", async () => {
    const database = await open(home.url);
    const change = database.transaction(async (transaction) => {
      await transaction.updateTable("revision").set({ value: 7 }).execute();
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
      await postgres.run("postgres", `select pg_terminate_backend(${rows[0]?.pid}, 5000)`);
      // A moment without a question: the loss reaches a connection that nobody listens to just now.
      await postgres.run("postgres", "select 1");
      await transaction.updateTable("revision").set({ value: 8 }).execute();
    });
    await expect(change).rejects.toMatchObject({ code: "unreachable" });
    await countOn(database);
    expect(await database.revision()).toBe(1);
  });

  test("goes silent: the question fails in the end, and the next waits neither behind it nor for another such", async () => {
    const database = await open(home.url, { bounds: { statementTimeoutMs: 500 } });
    const pids = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { rows } = await database.query((db) =>
          sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(0.02)`.execute(db),
        );
        return Number(rows[0]?.pid);
      }),
    );
    expect(new Set(pids).size).toBe(4);
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    await expect(database.revision()).rejects.toMatchObject({ code: "unreachable" });
    const asked = performance.now();
    expect(await database.revision()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2_000);
    for (const pid of pids) process.kill(pid, "SIGCONT");
  });
});

describe("PostgreSQL: what is no server", () => {
  let server: Server;
  let url: string;

  async function listen(onConnection: (socket: Socket) => void): Promise<void> {
    server = createServer(onConnection);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    url = `postgres://ann@127.0.0.1:${typeof address === "object" && address ? address.port : 0}/usher`;
  }

  afterEach(() => void server?.close());

  test("hangs up: unreachable", async () => {
    await listen((socket) => socket.destroy());
    await expect(open(url)).rejects.toMatchObject({ code: "unreachable" });
  });

  test("says nothing: unreachable, after the time-out", async () => {
    await listen(() => {});
    await expect(open(url, { bounds: { connectTimeoutMs: 200 } })).rejects.toMatchObject({
      code: "unreachable",
    });
  });

  test("a name that leads nowhere: unreachable", async () => {
    await expect(open("postgres://ann@nowhere.invalid/usher")).rejects.toMatchObject({
      code: "unreachable",
    });
  });
});
