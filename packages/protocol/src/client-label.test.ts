import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { claimOf, clientLabel } from "./client-label.ts";

describe("clientLabel", () => {
  test("keeps what libraries say about themselves", () => {
    expect(clientLabel("pusher-http-node 5.3.4")).toBe("pusher-http-node 5.3.4");
    expect(clientLabel("curl/8.14.1")).toBe("curl/8.14.1");
  });

  test("calls a client unknown that says nothing", () => {
    expect(clientLabel("")).toBe("unknown");
    expect(clientLabel(" \t\u0000 ")).toBe("unknown");
  });

  test("shows where a long one was cut", () => {
    expect(clientLabel("x".repeat(100))).toBe("x".repeat(100));
    expect(clientLabel("x".repeat(101))).toBe(`${"x".repeat(97)}...`);
  });

  test("is one line of printable ASCII, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (claim) => {
        const label = clientLabel(claim);
        expect(label).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/);
        expect(clientLabel(label)).toBe(label);
      }),
    );
  });
});

describe("claimOf", () => {
  const handshake = { key: "k", protocol: 7 };

  test("calls pusher-js by its name, and the others as they call themselves", () => {
    expect(claimOf({ ...handshake, client: "js", version: "8.6.0" })).toBe("pusher-js 8.6.0");
    expect(claimOf({ ...handshake, client: "java-client", version: "2.4.4" })).toBe("java-client 2.4.4");
    expect(claimOf({ ...handshake, client: "Pysher", version: undefined })).toBe("Pysher");
    expect(clientLabel(claimOf({ ...handshake, client: undefined, version: undefined }))).toBe("unknown");
  });
});
