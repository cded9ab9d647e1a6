import { expect, test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import { describeServer } from "../support/target.ts";

describeServer("HTTP API: routes", {}, (target) => {
  test.each([
    "/nowhere",
    "/channels/c/nowhere",
    "/channels/c/users/1",
    "/users",
    "/users/1",
    "/events/1",
    "/channels/",
    "/",
    "",
  ])("an unknown path is answered 404: '%s'", async (path) => {
    const response = await target.api.get(path);
    expect(response.status).toBe(path === "/channels/" ? 400 : 404);
  });

  test("a path outside of the API is answered 404", async () => {
    for (const path of ["/nowhere", "/app", "/apps", "/Apps/3/channels", "/favicon.ico"]) {
      expect((await fetch(target.httpUrl + path)).status).toBe(404);
    }
  });

  test("an unknown path is answered as the hosted service does", async () => {
    expectRefused(await target.api.get("/nowhere"), 404, /^404 NOT FOUND\n/);
  });

  test("an unknown app is answered 404", async () => {
    const app = { ...target.app, id: "999999" };
    for (const request of [
      { path: "/channels", app },
      { path: "/events", body: { name: "e", data: "", channels: ["c"] }, app },
    ]) {
      expectRefused(await target.api.send(request), 404);
    }
  });

  test.each([
    ["GET", "/events", "POST"],
    ["PUT", "/events", "POST"],
    ["DELETE", "/events", "POST"],
    ["GET", "/batch_events", "POST"],
    ["POST", "/channels", "GET"],
    ["POST", "/channels/c", "GET"],
    ["DELETE", "/channels/c", "GET"],
    ["POST", "/channels/presence-c/users", "GET"],
    ["GET", "/users/1/terminate_connections", "POST"],
    ["PUT", "/channels/c/events", "POST"],
    ["POST", "/channels/c/stats", "GET"],
  ])("%s %s is answered 405, and the right method named", async (method, path, allowed) => {
    const response = await target.api.send({ method, path });
    expectRefused(response, 405);
    expect(response.headers.get("allow")).toBe(allowed);
  });

  test("HEAD is answered 405, and without a body", async () => {
    const response = await target.api.send({ method: "HEAD", path: "/channels" });
    expect({ status: response.status, text: response.text }).toEqual({ status: 405, text: "" });
  });

  test("a refusal is text by default and JSON for who asks for it", async () => {
    const event = { data: "", channels: ["c"] };
    expectRefused(await target.api.post("/events", event), 400, /^Expected name parameter to be a string\n/);
    const response = await target.api.send({
      path: "/events",
      body: event,
      headers: { accept: "application/json" },
    });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toMatch(/^application\/json\b/);
    expect(response.json()).toMatchObject({
      error: { code: expect.any(String), message: "Expected name parameter to be a string" },
    });
  });

  test("no cross-origin answers are given by default", async () => {
    const headers = { origin: "https://example.com" };
    const response = await target.api.send({ path: "/channels", headers });
    expectAnswer(response, response.text);
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
    const preflight = await fetch(`${target.httpUrl}/apps/${target.app.id}/channels`, {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "GET" },
    });
    expect(preflight.status).toBe(405);
    expect(preflight.headers.has("access-control-allow-origin")).toBe(false);
  });
});

const ORIGIN = "https://example.com";

describeServer(
  "HTTP API: cross-origin",
  { env: { USHER_CORS_ORIGINS: ORIGIN }, oneNode: "the node that is asked decides alone" },
  (target) => {
    const ask = (origin: string, method: string) =>
      fetch(`${target.httpUrl}/apps/${target.app.id}/events`, {
        method,
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "content-type",
        },
      });

    test("a page of a listed origin may ask and read the answer", async () => {
      const preflight = await ask(ORIGIN, "OPTIONS");
      expect(preflight.status).toBeWithin(200, 300);
      expect(preflight.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
      expect(preflight.headers.get("access-control-allow-headers")?.toLowerCase()).toContain("content-type");
      const response = await target.api.send({ path: "/channels", headers: { origin: ORIGIN } });
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(response.headers.get("vary")).toContain("Origin");
      expect(response.headers.has("access-control-allow-credentials")).toBe(false);
    });

    test("a refusal may be read as well", async () => {
      const response = await ask(ORIGIN, "POST");
      expect(response.status).toBe(401);
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    });

    test.each(["https://evil.net", "http://example.com", "https://example.com.evil.net", "null"])(
      "a page of %s may not",
      async (origin) => {
        expect((await ask(origin, "OPTIONS")).headers.has("access-control-allow-origin")).toBe(false);
        const response = await target.api.send({ path: "/channels", headers: { origin } });
        expect(response.headers.has("access-control-allow-origin")).toBe(false);
      },
    );
  },
);

describeServer(
  "HTTP API: any origin",
  { env: { USHER_CORS_ORIGINS: "*" }, oneNode: "the node that is asked decides alone" },
  (target) => {
    test("every page may read the answer", async () => {
      const response = await target.api.send({ path: "/channels", headers: { origin: "https://any.net" } });
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.has("access-control-allow-credentials")).toBe(false);
    });
  },
);
