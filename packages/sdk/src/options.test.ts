import { describe, expect, test } from "bun:test";
import { optionsFromUrl, resolveOptions, type UsherOptions } from "./options.ts";
import { ParameterError } from "./parameter-error.ts";
import { Usher } from "./usher.ts";

const APP = { appId: "3", key: "app-key", secret: "app-secret" } as const;

function origin(options: Partial<UsherOptions>): string {
  return resolveOptions({ ...APP, ...options }).origin;
}

describe("where requests go", () => {
  test("to the host that is given, by http unless told otherwise", () => {
    expect(origin({ host: "127.0.0.1", port: 6001 })).toBe("http://127.0.0.1:6001");
    expect(origin({ host: "realtime.example.org", useTLS: true })).toBe("https://realtime.example.org");
    expect(origin({ host: "h", port: "8443", scheme: "https", useTLS: false })).toBe("https://h:8443");
    expect(origin({ host: "h", port: "", scheme: "http", useTLS: true })).toBe("http://h");
    expect(origin({ host: "::1", port: 6001 })).toBe("http://[::1]:6001");
    expect(origin({ host: "[::1]", port: 6001 })).toBe("http://[::1]:6001");
  });

  test("to the hosted service only when its cluster is named", () => {
    expect(origin({ cluster: "eu", useTLS: true })).toBe("https://api-eu.pusher.com");
    expect(origin({ cluster: "eu", host: "h" })).toBe("http://h");
    for (const nothing of [{}, { host: "" }, { host: undefined }, { cluster: "" }]) {
      expect(() => resolveOptions({ ...APP, ...nothing })).toThrow("host is missing");
    }
  });

  test("not to something that only looks like a host", () => {
    for (const host of ["http://h", "h:6001", "h/path", "h?x", "h#x", "user@h", "h h", "h\\x", "h\n", "[h"]) {
      expect(() => origin({ host })).toThrow(ParameterError);
    }
    for (const port of [0, -1, 65_536, 1.5, Number.NaN, "x", "80x", " 80"]) {
      expect(() => origin({ host: "h", port })).toThrow("port must be");
    }
    expect(() => origin({ host: "h", scheme: "ftp" as "http" })).toThrow("scheme must be");
  });
});

describe("a URL", () => {
  test("holds everything that is needed", () => {
    expect(optionsFromUrl("https://app-key:app-secret@h.example:8443/apps/my-app")).toEqual({
      scheme: "https",
      host: "h.example",
      port: "8443",
      pathPrefix: "",
      appId: "my-app",
      key: "app-key",
      secret: "app-secret",
    });
  });

  test("may have a path in front, escaped credentials, an address of IPv6 and no port", () => {
    expect(optionsFromUrl("http://k%40y:s%3Acret@[::1]/realtime/v1/apps/3/")).toEqual({
      scheme: "http",
      host: "[::1]",
      port: undefined,
      pathPrefix: "/realtime/v1",
      appId: "3",
      key: "k@y",
      secret: "s:cret",
    });
    const usher = Usher.forURL("http://key:secret@[::1]/apps/3", { timeout: 5 });
    expect(usher).toBeInstanceOf(Usher);
  });

  test("that is none, or incomplete, is refused without being shown", () => {
    for (const url of ["", "h", "ftp://k:s3cret@h/apps/3", "http://k:s3cret@h/", "http://k:s3cret@h/apps/"]) {
      expect(() => optionsFromUrl(url)).toThrow("scheme://key:secret@host:port/apps/id");
      expect(() => optionsFromUrl(url)).not.toThrow("s3cret");
    }
    expect(() => Usher.forURL("http://h/apps/3")).toThrow("key must be");
    expect(() => Usher.forURL("http://k@h/apps/3")).toThrow("secret must be");
  });
});

describe("options that cannot work", () => {
  test("are refused at the start", () => {
    const wrong: readonly [object, string][] = [
      [{ appId: undefined }, "appId"],
      [{ appId: Number.NaN }, "appId"],
      [{ appId: "a/b" }, "appId"],
      [{ timeout: -1 }, "timeout"],
      [{ timeout: Number.NaN }, "timeout"],
      [{ timeout: "5" }, "timeout"],
      [{ retry: { maxAttempts: 0 } }, "retry.maxAttempts"],
      [{ retry: { maxAttempts: Number.POSITIVE_INFINITY } }, "retry.maxAttempts"],
      [{ retry: { delivery: "exactly-once" } }, "retry.delivery"],
      [{ pathPrefix: "no-slash" }, "pathPrefix"],
      [{ pathPrefix: "/a b" }, "pathPrefix"],
      [{ encryptionMasterKeyBase64: "AAEC" }, "encryptionMasterKeyBase64"],
    ];
    for (const [options, name] of wrong) {
      expect(() => new Usher({ ...APP, host: "h", ...options })).toThrow(name);
    }
  });

  test("are those too that the official library had under another name", () => {
    for (const [name, message] of [
      ["encrypted", "useTLS"],
      ["encryptionMasterKey", "encryptionMasterKeyBase64"],
      ["agent", "fetch"],
    ]) {
      expect(() => new Usher({ ...APP, host: "h", [name as string]: "s3cret" })).toThrow(message);
      expect(() => new Usher({ ...APP, host: "h", [name as string]: undefined })).not.toThrow();
    }
  });
});

test("every question has an answer by default", () => {
  expect(resolveOptions({ ...APP, host: "h" })).toMatchObject({
    timeoutMs: 10_000,
    pathPrefix: "",
    retry: { maxAttempts: 3, baseDelayMs: 200, maxDelayMs: 5_000, delivery: "at-most-once" },
  });
  expect(resolveOptions({ ...APP, host: "h", retry: false }).retry.maxAttempts).toBe(1);
  expect(resolveOptions({ ...APP, host: "h", pathPrefix: "/realtime/" }).pathPrefix).toBe("/realtime");
});

test("printing an instance does not show its secrets", () => {
  const usher = new Usher({ ...APP, host: "h", secret: ["s3cret", "t4cret"] });
  const printed = Bun.inspect(usher, { depth: 10 }) + JSON.stringify(usher);
  expect(printed).not.toMatch(/s3cret|t4cret/);
});
