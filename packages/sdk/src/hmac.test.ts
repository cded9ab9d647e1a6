import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { hmacSha256Hex } from "./hmac.ts";

test("agrees with the platform's HMAC for any secret and text", async () => {
  const secrets = fc.string({ unit: "binary", minLength: 1, maxLength: 80 });
  const texts = fc.string({ unit: "binary", maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(secrets, texts, async (secret, text) => {
      const expected = createHmac("sha256", secret).update(text, "utf8").digest("hex");
      expect(await hmacSha256Hex(secret, text)).toBe(expected);
      expect(await hmacSha256Hex(secret, new TextEncoder().encode(text))).toBe(expected);
    }),
  );
});

test("signs as many bytes as a view has, not those around it", async () => {
  const bytes = new TextEncoder().encode("xx1.1:private-axx");
  expect(await hmacSha256Hex("tofu", bytes.subarray(2, -2))).toBe(
    await hmacSha256Hex("tofu", "1.1:private-a"),
  );
});

test("keeps signing rightly for more secrets than it remembers", async () => {
  const sign = (secret: string): string => createHmac("sha256", secret).update("text").digest("hex");
  const secrets = Array.from({ length: 600 }, (_, index) => `secret-${index}`);
  for (const secret of [...secrets, ...secrets.slice(0, 10)]) {
    expect(await hmacSha256Hex(secret, "text")).toBe(sign(secret));
  }
});
