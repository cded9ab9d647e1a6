import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { closeReason, ERRORS, type ErrorCode, type ErrorSpec, UsherError } from "./errors.ts";
import { anyText } from "./testing/arbitraries.ts";

const specs: readonly (readonly [ErrorCode, ErrorSpec])[] = Object.entries(ERRORS) as [
  ErrorCode,
  ErrorSpec,
][];

describe("the table of errors", () => {
  test.each(specs)(
    "%s has one consequence, or a close that is also an HTTP status or said on the channel",
    (_, spec) => {
      const { closeCode, frameCode, subscription, status } = spec;
      if (closeCode !== undefined) expect(frameCode).toBeUndefined();
      if (frameCode !== undefined)
        expect([closeCode, subscription, status]).toEqual([undefined, undefined, undefined]);
    },
  );

  test.each(specs)(
    "%s closes with a code that clients act on, and never with one from 4300",
    (_, { closeCode }) => {
      if (closeCode === undefined || closeCode === 1009) return;
      expect(closeCode).toBeWithin(4000, 4300);
      // 4002 and 4010-4099 mean nothing.
      expect(closeCode === 4002 || (closeCode > 4009 && closeCode < 4100)).toBe(false);
    },
  );

  test.each(specs)(
    "%s leaves the connection open with a code that no client closes on",
    (_, { frameCode }) => {
      expect([undefined, 4301, 4302]).toContain(frameCode);
    },
  );

  test.each(specs)("%s answers with a status that says who is at fault", (code, { status }) => {
    if (status !== undefined) expect([400, 401, 403, 404, 405, 409, 413, 429, 500, 503]).toContain(status);
    if (code.startsWith("http_auth_")) expect(status).toBe(401);
  });

  test.each(specs)("%s says what happened and what to do, without a stray character", (code, spec) => {
    expect(code).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    for (const text of [spec.message, spec.hint]) {
      expect(text).toBe(text.trim());
      expect(text).not.toBe("");
      expect(text.includes("\n")).toBe(false);
    }
    expect(spec.hint).toEndWith(".");
  });
});

describe("a message", () => {
  test("has its placeholders filled, once, whatever the details hold", () => {
    const error = new UsherError("signature_mismatch", {
      stringToSign: "{signature} $& $1",
      signature: "{stringToSign}",
    });
    expect(error.message).toBe(
      "Invalid signature: Expected HMAC SHA256 hex digest of {signature} $& $1, but got {stringToSign}",
    );
  });

  test("fills its hint too", () => {
    const details = { limit: 10, what: "events", setting: "server_event_rate" };
    expect(new UsherError("http_rate_exceeded", details).hint).toContain("server_event_rate");
  });

  test("keeps a placeholder that nobody filled, inherited names included", () => {
    expect(new UsherError("app_not_found").message).toContain("{key}");
    expect(new UsherError("app_not_found", { toString: "x" } as never).message).toContain("{key}");
  });

  test("stays short when the details are long", () => {
    expect(new UsherError("event_unsupported", { event: "x".repeat(100_000) }).message.length).toBeLessThan(
      2_100,
    );
  });
});

describe("a close reason", () => {
  test("takes at most 123 bytes of UTF-8, is cut between code points, and as late as possible", () => {
    const encoder = new TextEncoder();
    const long = fc
      .tuple(anyText(), fc.nat(60))
      .map(([text, times]) => (text + "é€🎉".repeat(times)).toWellFormed());
    fc.assert(
      fc.property(fc.oneof(anyText(), long), (message) => {
        const reason = closeReason(message);
        expect(encoder.encode(reason).length).toBeLessThanOrEqual(123);
        expect(message.startsWith(reason)).toBe(true);
        expect(reason.isWellFormed() || !message.isWellFormed()).toBe(true);
        const next = String.fromCodePoint(message.codePointAt(reason.length) ?? 0);
        if (reason !== message) expect(encoder.encode(reason + next).length).toBeGreaterThan(123);
      }),
    );
  });

  test("is the message itself up to 123 bytes", () => {
    expect(closeReason("a".repeat(123))).toBe("a".repeat(123));
    expect(closeReason("a".repeat(124))).toBe("a".repeat(123));
    expect(closeReason(`${"a".repeat(122)}é`)).toBe("a".repeat(122));
    expect(closeReason(`${"a".repeat(119)}🎉x`)).toBe(`${"a".repeat(119)}🎉`);
  });
});
