import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseHandshake } from "./handshake.ts";
import { anyText } from "./testing/arbitraries.ts";

function read(path: string, query = "", prefix = "") {
  const handshake = parseHandshake(path, query, prefix);
  return handshake.ok ? handshake.value : { refused: handshake.error.spec.closeCode };
}

describe("the address of a connection", () => {
  test("names the app's key", () => {
    const handshake = read("/app/278d425bdf160c739803", "protocol=7&client=js&version=8.6.0&flash=false");
    expect(handshake).toEqual({ key: "278d425bdf160c739803", protocol: 7, client: "js", version: "8.6.0" });
  });

  test("may have the prefix that the server was given, and no other", () => {
    expect(read("/realtime/app/key", "", "/realtime")).toMatchObject({ key: "key" });
    expect(read("/app/key", "", "/realtime")).toEqual({ refused: 4005 });
    expect(read("/realtime/app/key")).toEqual({ refused: 4005 });
  });

  test.each([
    "/app/",
    "/app",
    "/",
    "",
    "/apps/key",
    "/App/key",
    "/app/key/",
    "/app/a/b",
    "/app/%",
    "/app/%C3",
    "//app/key",
  ])("%j is refused with 4005", (path) => {
    expect(read(path)).toEqual({ refused: 4005 });
  });

  test("may escape characters of the key", () => {
    expect(read("/app/a%20b%2Fc")).toMatchObject({ key: "a b/c" });
  });

  test.each([
    ["client=java-client&protocol=5&version=2.4.4", { protocol: 5, client: "java-client", version: "2.4.4" }],
    ["client=Pysher&version=1.0&protocol=6", { protocol: 6, client: "Pysher" }],
    ["protocol=7&unknown=1&=&&", { protocol: 7, client: undefined, version: undefined }],
    ["", { protocol: undefined }],
    [
      `client=${"x".repeat(65)}&version=${"y".repeat(65)}`,
      { client: "x".repeat(64), version: "y".repeat(64) },
    ],
  ])("may carry %s", (query, expected) => {
    expect(read("/app/key", query)).toMatchObject(expected);
  });

  test("gives a handshake or a refusal for any path and query", () => {
    fc.assert(
      fc.property(anyText(), anyText(), (path, query) => {
        const handshake = parseHandshake(`/app/${path}`, query, "");
        if (!handshake.ok) expect(handshake.error.spec.closeCode).toBeWithin(4005, 4008);
      }),
    );
  });
});

describe("the protocol version", () => {
  test.each(["4", "5", "6", "7", "07"])("%s is accepted", (protocol) => {
    expect(read("/app/key", `protocol=${protocol}`)).toMatchObject({ protocol: Number(protocol) });
  });

  test.each(["1", "2", "3", "8", "99", "0", "-1", "-7", "99999999999999999999"])(
    "%s is refused with 4007",
    (protocol) => {
      expect(read("/app/key", `protocol=${protocol}`)).toEqual({ refused: 4007 });
    },
  );

  test.each(["abc", "7.5", "", "7%20", "%207", "+7", "7%0A", "0x7", "7e0", "٧", "-", "null"])(
    "%j is refused with 4006",
    (protocol) => {
      expect(read("/app/key", `protocol=${protocol}`)).toEqual({ refused: 4006 });
    },
  );

  test("may be absent, which the app then judges", () => {
    expect(read("/app/key", "client=js")).toMatchObject({ protocol: undefined });
  });
});
