import { describe, expect, test } from "bun:test";
import { TestHub } from "./testing/test-hub.ts";

describe("what a connection is known by", () => {
  test("is its client library, address, page and the time it came", () => {
    const hub = new TestHub();
    const { info } = hub.connect("ann", { pageOrigin: "https://example.com", address: "192.0.2.7" });
    expect(info).toEqual({
      client: "pusher-js 8.6.0",
      address: "192.0.2.7",
      pageOrigin: "https://example.com",
      protocol: 7,
      isTls: false,
      connectedAtMs: hub.nowMs,
    });
  });

  test("may be little", () => {
    const { info } = new TestHub().connect("ann", { protocol: undefined, client: "", version: "" });
    expect(info).toMatchObject({ client: "unknown", address: null, pageOrigin: null, protocol: null });
  });

  test("is never long, whatever the client says", () => {
    const { info } = new TestHub().connect("ann", {
      client: "x".repeat(5_000),
      pageOrigin: `https://${"x".repeat(5_000)}.example`,
    });
    expect(info.client.length).toBe(100);
    expect(info.pageOrigin?.length).toBe(300);
  });
});
