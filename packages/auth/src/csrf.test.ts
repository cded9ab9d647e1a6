import { describe, expect, test } from "bun:test";
import { allowedOrigins, type CsrfCheck, createAuthHandler, doubleSubmit, requireHeader } from "./index.ts";
import { exampleOptions, type User, userOf } from "./testing/example.ts";

async function statusOf(
  csrf: CsrfCheck,
  headers: Record<string, string>,
  parameters: Record<string, string> = {},
): Promise<number> {
  let lookups = 0;
  const user = () => {
    lookups++;
    return userOf("10");
  };
  const handler = createAuthHandler<User>({ ...exampleOptions, csrf, user });
  const response = await handler(
    new Request("http://localhost/pusher/auth", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({
        socket_id: "1.2",
        channel_name: "private-foobar",
        ...parameters,
      }).toString(),
    }),
  );
  // Nobody is looked up for a request that comes from elsewhere.
  expect(lookups).toBe(response.status === 403 ? 0 : 1);
  return response.status;
}

describe("double submit", () => {
  const csrf = doubleSubmit({ cookie: "XSRF-TOKEN", header: "X-XSRF-TOKEN", parameter: "_token" });

  test.each<readonly [string, Record<string, string>, Record<string, string>]>([
    ["in the header", { cookie: "XSRF-TOKEN=t-1", "x-xsrf-token": "t-1" }, {}],
    ["in a parameter", { cookie: "XSRF-TOKEN=t-1" }, { _token: "t-1" }],
    ["among other cookies", { cookie: "a=b; XSRF-TOKEN=t-1; c=d", "x-xsrf-token": "t-1" }, {}],
    ["with = in it", { cookie: "XSRF-TOKEN=t==", "x-xsrf-token": "t==" }, {}],
    ["encoded in the cookie", { cookie: "XSRF-TOKEN=t%3D%3D", "x-xsrf-token": "t==" }, {}],
    ["encoded in both", { cookie: "XSRF-TOKEN=t%3D%3D", "x-xsrf-token": "t%3D%3D" }, {}],
    ["that cannot be decoded", { cookie: "XSRF-TOKEN=50%", "x-xsrf-token": "50%" }, {}],
  ])("passes %s", async (_what, headers, parameters) => {
    expect(await statusOf(csrf, headers, parameters)).toBe(200);
  });

  test.each<readonly [string, Record<string, string>, Record<string, string>]>([
    ["the cookie alone", { cookie: "XSRF-TOKEN=t-1" }, {}],
    ["the header alone", { "x-xsrf-token": "t-1" }, {}],
    ["nothing", {}, {}],
    ["two empty ones", { cookie: "XSRF-TOKEN=", "x-xsrf-token": "" }, {}],
    ["two different ones", { cookie: "XSRF-TOKEN=t-1", "x-xsrf-token": "t-2" }, {}],
    ["the beginning", { cookie: "XSRF-TOKEN=t-1", "x-xsrf-token": "t-" }, {}],
    ["a cookie of another name", { cookie: "NOT-XSRF-TOKEN=t-1", "x-xsrf-token": "t-1" }, {}],
  ])("refuses %s", async (_what, headers, parameters) => {
    expect(await statusOf(csrf, headers, parameters)).toBe(403);
  });

  test("needs somewhere to find the token again", () => {
    expect(() => doubleSubmit({ cookie: "XSRF-TOKEN" })).toThrow("doubleSubmit needs");
  });
});

test("a header that other sites cannot send", async () => {
  expect(await statusOf(requireHeader("X-Requested-With"), { "x-requested-with": "XMLHttpRequest" })).toBe(
    200,
  );
  expect(
    await statusOf(requireHeader("X-Requested-With", "fetch"), { "x-requested-with": "XMLHttpRequest" }),
  ).toBe(403);
  expect(await statusOf(requireHeader("X-Requested-With"), {})).toBe(403);
});

describe("the origin", () => {
  const csrf = allowedOrigins(["https://app.example.com"]);

  test.each<readonly [Record<string, string>, number]>([
    [{ origin: "https://app.example.com" }, 200],
    [{ origin: "https://app.example.com.elsewhere.example" }, 403],
    [{ origin: "null" }, 403],
    [{ referer: "https://app.example.com/a/page" }, 200],
    [{ referer: "https://elsewhere.example/https://app.example.com" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{}, 200],
  ])("%j: %d", async (headers, status) => {
    expect(await statusOf(csrf, headers)).toBe(status);
  });

  test("must be one", () => {
    expect(() => allowedOrigins(["app.example.com"])).toThrow("allowedOrigins");
  });
});

test("a check of the framework's own can be plugged in, and anything but a yes is a no", async () => {
  expect(
    await statusOf(async (request) => request.headers.get("x-csrf-token") === "t", { "x-csrf-token": "t" }),
  ).toBe(200);
  expect(await statusOf(() => undefined as never, {})).toBe(403);
});
