import { describe, expect, test } from "bun:test";
import { isIP } from "node:net";
import fc from "fast-check";
import { forwardedAddress, parseAddress } from "./client-address.ts";

describe("forwardedAddress", () => {
  test("is the entry that the proxy wrote, not what the client put before it", () => {
    expect(forwardedAddress("192.0.2.1")).toBe("192.0.2.1");
    expect(forwardedAddress("10.0.0.1, 203.0.113.9 , 192.0.2.1")).toBe("192.0.2.1");
    expect(forwardedAddress("10.0.0.1,2001:db8::1")).toBe("2001:db8::1");
  });

  test("goes without the port that some proxies add", () => {
    expect(forwardedAddress("192.0.2.1:50123")).toBe("192.0.2.1");
    expect(forwardedAddress("[2001:db8::1]:50123")).toBe("2001:db8::1");
    expect(forwardedAddress("[2001:db8::1]")).toBe("2001:db8::1");
  });

  test("is nothing where there is no address", () => {
    for (const header of [
      null,
      "",
      ",",
      "192.0.2.1,",
      "unknown",
      "_hidden",
      "192.0.2.256",
      "1.2.3.4:",
      "[x]:1",
    ]) {
      expect(forwardedAddress(header)).toBeNull();
    }
  });

  test("is an IP address of at most 45 characters or nothing, whatever the header", () => {
    const part = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom("[", "]", ":", "%", ",", ":80"));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const address = forwardedAddress(parts.join(""));
        if (address === null) return;
        expect(isIP(address)).not.toBe(0);
        expect(address.length).toBeLessThanOrEqual(45);
      }),
    );
  });
});

describe("parseAddress", () => {
  test("shows an IPv4 client of a server that listens on IPv6 as what it is", () => {
    expect(parseAddress("::ffff:127.0.0.1")).toBe("127.0.0.1");
    expect(parseAddress("::FFFF:192.0.2.1")).toBe("192.0.2.1");
    expect(parseAddress("::1")).toBe("::1");
  });

  test("takes no address with a zone", () => {
    expect(parseAddress("fe80::1%eth0")).toBeNull();
  });
});
