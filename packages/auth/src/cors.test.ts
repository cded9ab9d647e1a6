import { describe, expect, test } from "bun:test";
import { ORIGIN } from "./testing/example.ts";
import { endpoint, post, URL_OF_CHANNELS } from "./testing/requests.ts";

describe("CORS", () => {
  const ask = (headers: Record<string, string>) =>
    new Request(URL_OF_CHANNELS, {
      method: "OPTIONS",
      headers: { "access-control-request-method": "POST", ...headers },
    });

  test("a preflight of a listed origin passes, with the headers it asks for", async () => {
    const response = await endpoint()(
      ask({ origin: ORIGIN, "access-control-request-headers": "authorization,x-csrf-token" }),
    );
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization,x-csrf-token",
      "access-control-max-age": "7200",
      vary: "Origin, Access-Control-Request-Headers",
    });
  });

  test.each(["https://elsewhere.example", `${ORIGIN}.elsewhere.example`, "null", ORIGIN.toUpperCase()])(
    "a preflight of %s is refused",
    async (origin) => {
      const response = await endpoint()(ask({ origin }));
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("vary")).toBe("Origin");
    },
  );

  test("OPTIONS that is no preflight says what is allowed", async () => {
    const response = await endpoint()(new Request(URL_OF_CHANNELS, { method: "OPTIONS" }));
    expect([response.status, response.headers.get("allow")]).toEqual([204, "POST, GET, OPTIONS"]);
  });

  test.each([
    ["an answer", "private-foobar", 200],
    ["a refusal", "private-user.8", 403],
    ["a failure", "private-broken", 500],
    ["a mistake", "public", 400],
  ])("%s can be read by a listed origin and by no other", async (_what, channel, status) => {
    for (const origin of [ORIGIN, "https://elsewhere.example", undefined]) {
      const headers = origin === undefined ? undefined : { origin };
      const response = await endpoint()(
        post(`socket_id=1.2&channel_name=${channel}`, headers && { headers }),
      );
      expect(response.status).toBe(status);
      expect(response.headers.get("access-control-allow-origin")).toBe(origin === ORIGIN ? ORIGIN : null);
      expect(response.headers.get("vary")).toBe("Origin");
    }
  });

  test("cookies can be left out", async () => {
    const cors = { origins: [ORIGIN], credentials: false };
    const response = await endpoint({ cors })(ask({ origin: ORIGIN }));
    expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  });

  test.each([
    "*",
    "null",
    "https://app.example.com/",
    "app.example.com",
    "https://*.example.com",
    "HTTPS://app.example.com",
  ])("%s is no origin to list", (origin) => {
    expect(() => endpoint({ cors: { origins: [origin] } })).toThrow("cors.origins");
    expect(() => endpoint({ jsonp: { origins: [origin] } })).toThrow("jsonp.origins");
  });

  test.each(["http://localhost:5173", "capacitor://localhost", "https://xn--bcher-kva.example"])(
    "%s is one",
    (origin) => {
      expect(() => endpoint({ cors: { origins: [origin] } })).not.toThrow();
    },
  );
});
