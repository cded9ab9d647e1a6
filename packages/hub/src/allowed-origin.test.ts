import { expect, test } from "bun:test";
import { isAllowedOrigin } from "./allowed-origin.ts";

test.each([
  ["https://example.com", ["https://example.com"]],
  ["HTTPS://Example.COM", ["https://example.com"]],
  ["https://example.com", ["https://other.example", "https://EXAMPLE.com"]],
  ["http://localhost:3000", ["http://localhost:3000"]],
  ["https://a.example.com", ["https://*.example.com"]],
  ["https://a.b.example.com", ["https://*.example.com"]],
  ["https://a.example.com:8443", ["https://*.example.com:8443"]],
  ["null", ["*"]],
  ["anything", ["*"]],
])("%s may connect where %j may", (origin, allowed) => {
  expect(isAllowedOrigin(origin, allowed)).toBe(true);
});

test.each([
  ["https://example.com", []],
  ["https://example.com.evil.test", ["https://example.com"]],
  ["https://evilexample.com", ["https://example.com", "https://*.example.com"]],
  ["https://example.com", ["https://*.example.com"]],
  ["https://.example.com", ["https://*.example.com"]],
  ["https://evil.test/.example.com", ["https://*.example.com"]],
  ["https://evil.test#.example.com", ["https://*.example.com"]],
  ["https://evil.test?x=.example.com", ["https://*.example.com"]],
  ["https://evil.test:80.example.com", ["https://*.example.com"]],
  ["https://user@a.example.com", ["https://*.example.com"]],
  ["http://example.com", ["https://example.com"]],
  ["http://a.example.com", ["https://*.example.com"]],
  ["https://example.com:444", ["https://example.com"]],
  ["https://a.example.com\n", ["https://*.example.com"]],
  ["https://example.com/", ["https://example.com"]],
  ["null", ["https://example.com"]],
  ["", ["https://example.com"]],
])("%j may not where %j may", (origin, allowed) => {
  expect(isAllowedOrigin(origin, allowed)).toBe(false);
});
