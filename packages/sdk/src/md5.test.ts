import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { md5Hex } from "./md5.ts";

const RFC_1321 = [
  ["", "d41d8cd98f00b204e9800998ecf8427e"],
  ["a", "0cc175b9c0f1b6a831c399e269772661"],
  ["abc", "900150983cd24fb0d6963f7d28e17f72"],
  ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
  ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"],
  ["1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
] as const;

test("gives the digests of RFC 1321", () => {
  expect(RFC_1321.map(([text]) => md5Hex(text))).toEqual(RFC_1321.map(([, digest]) => digest));
});

test("gives the digests of the worked examples of the HTTP API", () => {
  expect(md5Hex('{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}')).toBe(
    "ec365a775a4cd0599faeb73354201b6f",
  );
  expect(md5Hex('{"name":"ünï","channels":["c"],"data":"\\"żółć\\""}')).toBe(
    "4b91afe74a902afd3b2c2d5b9cdcfb04",
  );
});

test("agrees with the platform's MD5 at every length around the edges of its blocks", () => {
  for (let length = 0; length <= 200; length++) {
    const text = "ü€🎉x".repeat(50).slice(0, length);
    expect(md5Hex(text)).toBe(createHash("md5").update(text, "utf8").digest("hex"));
  }
});

test("agrees with the platform's MD5 for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      expect(md5Hex(text)).toBe(createHash("md5").update(text, "utf8").digest("hex"));
    }),
    { numRuns: 500 },
  );
});
