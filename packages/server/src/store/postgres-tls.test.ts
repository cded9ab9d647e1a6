import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { hasPostgres, startPostgres, type TestPostgres } from "../../../../tests/support/postgres.ts";
import type { Database } from "./database.ts";
import { openPostgresDatabase } from "./postgres-database.ts";

setDefaultTimeout(30_000);

const openssl = Bun.which("openssl") ?? "";

describe.skipIf(!hasPostgres || openssl === "")("PostgreSQL over TLS", () => {
  let folder: string;
  let postgres: TestPostgres;
  let database: Database | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "usher-test-tls-"));
    selfSigned("server", "IP:127.0.0.1,DNS:localhost");
    selfSigned("other", "DNS:db.example.com");
    postgres = await startPostgres({ cert: pem("server.crt"), key: pem("server.key") });
  });

  afterEach(() => database?.close());

  afterAll(async () => {
    await postgres.remove();
    rmSync(folder, { recursive: true });
  });

  function pem(name: string): string {
    return readFileSync(join(folder, name), "utf8");
  }

  function selfSigned(name: string, names: string): void {
    const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const subject = ["-days", "2", "-subj", "/CN=usher test", "-addext", `subjectAltName=${names}`];
    const files = ["-keyout", join(folder, `${name}.key`), "-out", join(folder, `${name}.crt`)];
    execFileSync(openssl, [...args, ...subject, ...files], { stdio: "ignore" });
  }

  async function open(parameters: string, host = "127.0.0.1"): Promise<Database> {
    const url = postgres.url("postgres").replace("127.0.0.1", host);
    database = await openPostgresDatabase({ url: `${url}?${parameters}`, create: true, lockWaitMs: 1_000 });
    return database;
  }

  async function isEncrypted(): Promise<boolean> {
    const { rows } = await (database as Database).query((db) =>
      sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(db),
    );
    return rows[0]?.ssl === true;
  }

  test.each(["require", "verify-ca", "verify-full"])(
    "sslmode=%s is encrypted with the authority given, and refused without",
    async (sslmode) => {
      await open(`sslmode=${sslmode}&sslrootcert=${join(folder, "server.crt")}`);
      expect(await isEncrypted()).toBe(true);
      await expect(open(`sslmode=${sslmode}`)).rejects.toMatchObject({ code: "tls_failed" });
      await expect(open(`sslmode=${sslmode}&sslrootcert=${join(folder, "other.crt")}`)).rejects.toMatchObject(
        { code: "tls_failed" },
      );
    },
  );

  test("a certificate for another host is refused, and so is an authority that cannot be read", async () => {
    const stranger = await startPostgres({ cert: pem("other.crt"), key: pem("other.key") });
    for (const authority of ["other.crt", "nowhere.crt"]) {
      const url = `${stranger.url("postgres")}?sslmode=verify-full&sslrootcert=${join(folder, authority)}`;
      await expect(openPostgresDatabase({ url, create: true, lockWaitMs: 1_000 })).rejects.toMatchObject({
        code: "tls_failed",
      });
    }
    await stranger.remove();
  });

  test("sslmode=no-verify is encrypted, sslmode=disable and none are not", async () => {
    await open("sslmode=no-verify");
    expect(await isEncrypted()).toBe(true);
    for (const parameters of ["sslmode=disable", ""]) {
      await database?.close();
      await open(parameters);
      expect(await isEncrypted()).toBe(false);
    }
  });

  test("a host by name is checked by its name", async () => {
    await open(`sslmode=verify-full&sslrootcert=${join(folder, "server.crt")}`, "localhost");
    expect(await isEncrypted()).toBe(true);
  });

  test("a server that speaks no TLS is refused rather than talked to in plain", async () => {
    const plain = await startPostgres();
    const url = `${plain.url("postgres")}?sslmode=require`;
    await expect(openPostgresDatabase({ url, create: true, lockWaitMs: 1_000 })).rejects.toMatchObject({
      code: "tls_failed",
    });
    await plain.remove();
  });
});
