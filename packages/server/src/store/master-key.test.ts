import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeMasterKeyFile, masterKeyPath, readMasterKeyFile, requireMasterKey } from "./master-key.ts";

describe("a master key as people write it", () => {
  test("is 32 bytes as hex or base64, padded or not, for URLs or not", () => {
    for (let round = 0; round < 50; round++) {
      const key = randomBytes(32);
      const texts = [
        key.toString("hex"),
        key.toString("hex").toUpperCase(),
        key.toString("base64"),
        key.toString("base64").replace("=", ""),
        key.toString("base64url"),
      ];
      for (const text of texts) expect(requireMasterKey(text, "test").equals(key)).toBe(true);
    }
  });

  test.each([
    "",
    "secret",
    "0".repeat(63),
    "0".repeat(66),
    `${"0".repeat(63)}g`,
    Buffer.alloc(31, 7).toString("base64"),
    Buffer.alloc(33, 7).toString("base64"),
    `${"A".repeat(42)}B=`,
    `${"A".repeat(43)}==`,
  ])("is not %p", (text) => {
    expect(() => requireMasterKey(text, "USHER_MASTER_KEY")).toThrow(
      expect.objectContaining({
        code: "master_key_invalid",
        message: "the master key in USHER_MASTER_KEY is not 32 bytes",
        hint: expect.stringContaining("openssl rand -hex 32"),
      }),
    );
  });
});

describe("the master key of a data folder", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "usher-master-key-"));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  test("is generated into a file that only its owner may read, and read from there", () => {
    expect(readMasterKeyFile(dataDir)).toBeUndefined();
    const key = makeMasterKeyFile(dataDir);
    expect(key).toHaveLength(32);
    expect(readMasterKeyFile(dataDir)?.equals(key)).toBe(true);
    expect(statSync(masterKeyPath(dataDir)).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(["master.key"]);
  });

  test("is made private when it was not", () => {
    makeMasterKeyFile(dataDir);
    chmodSync(masterKeyPath(dataDir), 0o644);
    readMasterKeyFile(dataDir);
    expect(statSync(masterKeyPath(dataDir)).mode & 0o777).toBe(0o600);
  });

  test("is refused, not replaced, when the file holds something else", () => {
    writeFileSync(masterKeyPath(dataDir), "half a k");
    expect(() => readMasterKeyFile(dataDir)).toThrow(expect.objectContaining({ code: "master_key_invalid" }));
  });

  test("says so when the folder cannot be written to", () => {
    writeFileSync(join(dataDir, "file"), "");
    expect(() => makeMasterKeyFile(join(dataDir, "file", "below"))).toThrow(
      expect.objectContaining({ code: "read_only" }),
    );
  });
});
