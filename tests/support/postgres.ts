import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** A PostgreSQL server that lives as long as this process at most. */
export interface TestPostgres {
  readonly port: number;
  /** The address of one of its databases, for its superuser or for a user made with `createRole`. */
  url(database: string, user?: string): string;
  /** Makes an empty database. */
  createDatabase(encoding?: keyof typeof ENCODINGS): Promise<TestPostgresDatabase>;
  /** Runs statements as superuser. */
  run(database: string, sql: string): Promise<Record<string, unknown>[]>;
  isRunning(): boolean;
  /** Ends it as a machine that loses power would: no goodbye to anyone. */
  kill(): Promise<void>;
  /** Starts it again, on the same port with the same data. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

export interface TestPostgresDatabase {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

/** False where the tests of PostgreSQL are left out, which `npm test` says why. */
export const hasPostgres = programOf("postgres") !== undefined;

/** The one server that the tests of this process share; each takes a database of its own. */
export async function sharedPostgres(): Promise<TestPostgres> {
  // A property of the process, since the test runner may load this module once for each file.
  const holder = globalThis as { [SHARED]?: Promise<TestPostgres> };
  // After a test that took too long the runner kills the processes it finds; the tests that follow get another.
  if ((await holder[SHARED])?.isRunning() === false) delete holder[SHARED];
  holder[SHARED] ??= startPostgres();
  return holder[SHARED];
}

const SHARED = Symbol.for("usher.test.postgres");

/**
 * Starts a PostgreSQL server of a test's own.
 *
 * @param tls PEM texts, for one that speaks TLS too.
 */
export async function startPostgres(tls?: {
  readonly cert: string;
  readonly key: string;
}): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "usher-test-postgres-"));
  const owner = ownerOf(folder);
  const data = join(folder, "data");
  initialize(data, owner);
  writeFileSync(join(data, "postgresql.conf"), [...SETTINGS, tls ? "ssl = on" : "", ""].join("\n"));
  if (tls) {
    for (const [name, text] of Object.entries({ "server.crt": tls.cert, "server.key": tls.key })) {
      writeFileSync(join(data, name), text, { mode: 0o600 });
      if (owner.uid !== undefined) chownSync(join(data, name), owner.uid, owner.gid ?? owner.uid);
    }
  }
  writeFileSync(join(data, "pg_hba.conf"), PG_HBA);

  let server = await startOnFreePort(folder, owner);
  let databases = 0;
  const url = (database: string, user = SUPERUSER) =>
    `postgres://${user}@127.0.0.1:${server.port}/${database}`;
  const run = async (database: string, sql: string) => {
    // The runtime's own client, so that what is tested does not vouch for itself.
    const client = new Bun.SQL({ url: url(database), max: 1 });
    try {
      return [...(await client.unsafe(sql))];
    } finally {
      await client.end();
    }
  };
  return {
    port: server.port,
    url,
    run,
    async createDatabase(encoding = "UTF8") {
      const name = `test_${++databases}`;
      await run("postgres", `create database ${name} template template0 ${ENCODINGS[encoding]}`);
      return {
        name,
        url: url(name),
        drop: async () => void (await run("postgres", `drop database ${name} with (force)`)),
      };
    },
    isRunning: () => server.isRunning(),
    async kill() {
      await server.end();
    },
    async start() {
      server = await startServer(folder, owner, server.port);
    },
    async remove() {
      await server.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const SUPERUSER = "postgres";

/** With text in the order of a language, as most databases have it: what counts on the order of bytes fails here. */
const ENCODINGS = {
  UTF8: "encoding 'UTF8' locale_provider icu icu_locale 'en-US'",
  SQL_ASCII: "encoding 'SQL_ASCII'",
} as const;

/** Nothing here has to survive a loss of power, so nothing waits for the disk. */
const SETTINGS = [
  "listen_addresses = '127.0.0.1'",
  "unix_socket_directories = ''",
  "fsync = off",
  "full_page_writes = off",
  "shared_buffers = 16MB",
  "max_connections = 60",
  "autovacuum = off",
  "log_min_messages = fatal",
];

/** The superuser is let in as it is, everybody else with a password. */
const PG_HBA = `
host all ${SUPERUSER} 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
`;

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root, so there it runs as the user that owns nothing. */
function ownerOf(folder: string): Owner {
  if (process.getuid?.() !== 0) return {};
  const [, , uid, gid] = (/^nobody:.*$/m.exec(readFileSync("/etc/passwd", "utf8"))?.[0] ?? "").split(":");
  const owner = { uid: Number(uid), gid: Number(gid) };
  chownSync(folder, owner.uid, owner.gid);
  return owner;
}

function initialize(data: string, owner: Owner): void {
  const args = ["-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"];
  const { status, stderr } = spawnSync(requiredProgram("initdb"), args, { ...owner, encoding: "utf8" });
  if (status === 0) return;
  rmSync(dirname(data), { recursive: true, force: true });
  throw new Error(`initdb ended with ${status}: ${stderr}`);
}

interface Running {
  readonly port: number;
  isRunning(): boolean;
  end(): Promise<void>;
}

/** PostgreSQL cannot choose a port by itself, and one that is free now may be taken a moment later. */
async function startOnFreePort(folder: string, owner: Owner): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServer(folder, owner, await freePort());
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/**
 * Ends the server when standard input closes, which the system does for us however this process ends, and then takes the
 * folder away as well. In a shell of its own below the first, which the runner may kill.
 */
const GUARDIAN = `
guard() {
  "$1" -D "$2/data" -p "$3" 2>&1 &
  read -r line
  kill -QUIT $! 2>/dev/null
  wait $!
  if [ "$line" != end ]; then rm -rf "$2"; fi
}
exec 3<&0
guard "$@" <&3 &
wait
`;

async function startServer(folder: string, owner: Owner, port: number): Promise<Running> {
  const child = spawn("/bin/sh", ["-c", GUARDIAN, "sh", requiredProgram("postgres"), folder, String(port)], {
    ...owner,
    cwd: folder,
    // Of its own group, so that Ctrl-C reaches it through its standard input alone.
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await ready(child, ended, port);
  child.unref();
  return {
    port,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    end: () => {
      child.stdin?.end("end\n");
      return ended;
    },
  };
}

/** It listens before it is ready, so what counts is an answer. */
async function ready(child: ChildProcess, ended: Promise<void>, port: number): Promise<void> {
  let output = "";
  let isOver = false;
  child.stdout?.on("data", (chunk) => {
    output += String(chunk);
  });
  void ended.then(() => {
    isOver = true;
  });
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!isOver && performance.now() < deadline) {
    if (await answers(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.stdin?.end("end\n");
  throw new Error(`PostgreSQL did not start on port ${port}: ${output}`);
}

const START_TIMEOUT_MS = 20_000;

async function answers(port: number): Promise<boolean> {
  const client = new Bun.SQL({ url: `postgres://${SUPERUSER}@127.0.0.1:${port}/postgres`, max: 1 });
  try {
    await client.unsafe("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

function requiredProgram(name: string): string {
  const path = programOf(name);
  if (path) return path;
  throw new Error(`there is no ${name}; \`node scripts/setup-machine.mjs\` says how to get PostgreSQL`);
}

/** Its other programs lie beside `postgres`, which is often linked to from elsewhere. */
function programOf(name: string): string | undefined {
  const given = process.env.USHER_TEST_POSTGRES;
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "postgres"));
  const versions = [18, 17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin/postgres`);
  const postgres = (given === undefined ? [...onPath, ...versions] : [given]).find((path) =>
    existsSync(path),
  );
  if (postgres === undefined) return undefined;
  const path = join(dirname(realpathSync(postgres)), name);
  return existsSync(path) ? path : undefined;
}
