import { expect, test } from "bun:test";
import { wasNotSent } from "./unsent.ts";

function errorWith(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test("knows the failures before anything left, as Node and Bun report them", () => {
  for (const code of [
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "UND_ERR_CONNECT_TIMEOUT",
    "ConnectionRefused",
  ]) {
    expect(wasNotSent(errorWith(code))).toBe(true);
    expect(wasNotSent(new TypeError("fetch failed", { cause: errorWith(code) }))).toBe(true);
  }
});

test("knows them by the words of Deno, which has no codes", () => {
  const words = (kind: string): TypeError =>
    new TypeError(
      `error sending request for url (http://127.0.0.1:1/): client error (${kind}): os error 111`,
    );
  expect(wasNotSent(words("Connect"))).toBe(true);
  expect(wasNotSent(words("SendRequest"))).toBe(false);
});

test("a host with several addresses was not reached only when none of them was", () => {
  const refused = errorWith("ECONNREFUSED");
  const every = new AggregateError([refused, errorWith("ENETUNREACH")]);
  expect(wasNotSent(new TypeError("fetch failed", { cause: every }))).toBe(true);
  const some = new AggregateError([refused, errorWith("ECONNRESET")]);
  expect(wasNotSent(new TypeError("fetch failed", { cause: some }))).toBe(false);
  expect(wasNotSent(new AggregateError([]))).toBe(false);
});

test("anything else may have been sent", () => {
  const others = [
    errorWith("ECONNRESET"),
    errorWith("UND_ERR_SOCKET"),
    new DOMException("late", "TimeoutError"),
  ];
  for (const error of [...others, new TypeError("fetch failed"), "text", null, undefined]) {
    expect(wasNotSent(error)).toBe(false);
  }
});
