import { describe, expect, test } from "bun:test";
import { describeTarget, parsePostgresUrl } from "./postgres-url.ts";

describe("a database URL", () => {
  test("names user, password, host, port and database", () => {
    expect(parsePostgresUrl("postgres://ann:s%40fe@db.example.com:6432/usher")).toMatchObject({
      user: "ann",
      password: "s@fe",
      host: "db.example.com",
      port: 6432,
      database: "usher",
      sslmode: "disable",
    });
  });

  test("may begin with postgresql: and leave anything out", () => {
    expect(parsePostgresUrl("postgresql:///")).toMatchObject({
      user: undefined,
      host: undefined,
      port: undefined,
      database: undefined,
    });
  });

  test.each([
    ["postgres:///usher?host=/var/run/postgresql", undefined],
    ["postgres://ann@/usher?host=/var/run/postgresql", "ann"],
    ["postgres://ann@%2Fvar%2Frun%2Fpostgresql/usher", "ann"],
  ])("%s leads to the socket of a local server", (url, user) => {
    expect(parsePostgresUrl(url)).toMatchObject({ host: "/var/run/postgresql", database: "usher", user });
  });

  test("may have an IPv6 address", () => {
    expect(parsePostgresUrl("postgres://[::1]:5433/usher")).toMatchObject({ host: "::1", port: 5433 });
  });

  test("says how the connection is made safe", () => {
    const url = "postgres://db/usher?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/me.pem&sslkey=/me.key";
    expect(parsePostgresUrl(url)).toMatchObject({
      sslmode: "verify-full",
      sslrootcert: "/ca.pem",
      sslcert: "/me.pem",
      sslkey: "/me.key",
    });
  });

  test.each([
    ["another scheme", "mysql://db/usher"],
    ["no scheme", "db/usher"],
    ["an unknown parameter", "postgres://db/usher?statement_timeout=5"],
    ["a mode that would not keep its word", "postgres://db/usher?sslmode=prefer"],
    ["a port that is none", "postgres://db:99999/usher"],
    ["a port in words", "postgres://db/usher?port=x"],
    ["a stray percent sign", "postgres://ann:50%@db/usher"],
  ])("with %s is none", (_, url) => {
    expect(parsePostgresUrl(url)).toBeUndefined();
  });

  test("is shown without its password", () => {
    const target = parsePostgresUrl("postgres://ann:safe@db/usher");
    expect(target && describeTarget(target)).toBe("usher at db:5432");
  });
});
