import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { fingerprintOf, Vault } from "./vault.ts";

describe("Vault", () => {
  const vault = new Vault(Buffer.alloc(32, 1));

  test("gives any text back, and seals the same one differently each time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (value, context) => {
        const sealed = vault.seal(value, context);
        expect(vault.open(sealed, context)).toBe(value);
        expect(vault.seal(value, context)).not.toBe(sealed);
      }),
    );
  });

  test("shows nothing of the value or the master key in what it seals", () => {
    const masterKey = randomBytes(32);
    const sealed = new Vault(masterKey).seal("a secret to find", "x");
    expect(sealed).not.toContain("secret");
    expect(Buffer.from(sealed.split(".")[2] ?? "", "base64url").includes("secret")).toBe(false);
    expect(masterKey.toString("hex")).not.toContain(sealed.split(".")[1] ?? "");
  });

  test("refuses a value in another place than it was sealed for", () => {
    const sealed = vault.seal("value", "secret a of key b");
    expect(() => vault.open(sealed, "secret c of key b")).toThrow(
      expect.objectContaining({ code: "sealed_value_damaged" }),
    );
  });

  test("refuses a value with any bit changed", () => {
    const [version, keyId, text = ""] = vault.seal("value", "x").split(".");
    const body = Buffer.from(text, "base64url");
    for (let bit = 0; bit < body.length * 8; bit++) {
      const changed = Buffer.from(body);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const sealed = `${version}.${keyId}.${changed.toString("base64url")}`;
      expect(() => vault.open(sealed, "x")).toThrow(
        expect.objectContaining({ code: "sealed_value_damaged" }),
      );
    }
  });

  test("refuses what another master key sealed, and says that this is why", () => {
    const other = new Vault(Buffer.alloc(32, 2));
    expect(() => vault.open(other.seal("value", "x"), "x")).toThrow(
      expect.objectContaining({ code: "master_key_wrong" }),
    );
  });

  test.each(["", "plain", "v1.a", "v2.a.b", `v1.${vault.keyId}.AAAA`, `v1.${vault.keyId}.A.A`])(
    "refuses %p, which it never sealed",
    (text) => {
      expect(() => vault.open(text, "x")).toThrow(expect.objectContaining({ code: "sealed_value_damaged" }));
    },
  );
});

test("a fingerprint is the start of the SHA-256, as `sha256sum` prints it", () => {
  expect(fingerprintOf("abc")).toBe("ba7816bf8f01");
});
