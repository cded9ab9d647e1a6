import { describe, expect, test } from "bun:test";
import { ApiCallers } from "./api-callers.ts";

describe("who sends a request to the HTTP API", () => {
  const request = (headers: Record<string, string>) => new Request("http://127.0.0.1/", { headers });

  test("is the library that it names, else the program", () => {
    const callers = new ApiCallers(() => null, 0);
    const both = { "x-pusher-library": "pusher-http-php 7.2.7", "user-agent": "GuzzleHttp/7" };
    expect(callers.clientOf(request(both))).toBe("pusher-http-php 7.2.7");
    expect(callers.clientOf(request({ "user-agent": "curl/8.14.1" }))).toBe("curl/8.14.1");
    expect(callers.clientOf(request({}))).toBe("unknown");
  });

  test("has its address looked up for 200 requests a second, evenly spread", () => {
    let lookups = 0;
    const count = () => {
      lookups++;
      return "192.0.2.1";
    };
    const callers = new ApiCallers(count, 0);
    const answers = Array.from({ length: 1_500 }, () => callers.addressOf(request({}), 0));
    expect(answers.filter((address) => address === "192.0.2.1").length).toBe(200);
    expect(answers.at(-1)).toBeNull();
    for (let ms = 1; ms <= 1_000; ms++) {
      for (let each = 0; each < 20; each++) callers.addressOf(request({}), ms);
    }
    expect(lookups).toBe(400);
  });
});
