import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLoopback, makeLocalToken, readLocalAccess, writeLocalAccess } from "./local-access.ts";

describe("local.json", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "usher-local-"));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const path = () => join(dataDir, "local.json");
  const access = (token = "usher_local_a") => ({ url: "http://127.0.0.1:6001", token, pid: process.pid });

  test("is for its owner's eyes only, whatever the umask and whatever was there before", () => {
    writeFileSync(path(), "left by somebody", { mode: 0o666 });
    const former = process.umask(0);
    writeLocalAccess(dataDir, access());
    process.umask(former);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readLocalAccess(dataDir)).toEqual(access());
    expect(readdirSync(dataDir)).toEqual(["local.json"]);
  });

  test("makes the data folder where nothing else needed one", () => {
    const missing = join(dataDir, "a", "b");
    writeLocalAccess(missing, access());
    expect(statSync(missing).mode & 0o777).toBe(0o700);
  });

  test("is taken away at the end, unless another server has put its own there", () => {
    const remove = writeLocalAccess(dataDir, access("usher_local_a"));
    const removeOther = writeLocalAccess(dataDir, access("usher_local_b"));
    remove();
    expect(readLocalAccess(dataDir)?.token).toBe("usher_local_b");
    removeOther();
    expect(readdirSync(dataDir)).toEqual([]);
    removeOther();
  });

  test("of a server that died leads nowhere", async () => {
    const child = Bun.spawn(["true"]);
    await child.exited;
    writeLocalAccess(dataDir, { ...access(), pid: child.pid });
    expect(readLocalAccess(dataDir)).toBeUndefined();
    writeLocalAccess(dataDir, access());
    expect(readLocalAccess(dataDir)).toEqual(access());
  });

  test.each([
    "",
    "{",
    "[]",
    '{"url":"http://127.0.0.1","token":"","pid":1}',
    '{"url":1,"token":"x","pid":-1}',
  ])("with %j in it leads nowhere, and does not keep the next server from starting", (text) => {
    writeFileSync(path(), text);
    expect(readLocalAccess(dataDir)).toBeUndefined();
    writeLocalAccess(dataDir, access());
    expect(JSON.parse(readFileSync(path(), "utf8"))).toEqual(access());
  });

  test("has another token each time", () => {
    expect(makeLocalToken()).toMatch(/^usher_local_[\w-]{43}$/);
    expect(makeLocalToken()).not.toBe(makeLocalToken());
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.8.8.8", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["128.0.0.1", false],
  ["127.0.0.1.example.com", false],
  ["::2", false],
  ["", false],
  [null, false],
])("%p is an address of this machine: %p", (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
