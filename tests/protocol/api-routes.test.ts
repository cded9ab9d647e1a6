import { expect, test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import { exchange } from "../support/raw-http.ts";
import { describeServer, fresh } from "../support/target.ts";

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
    ["GET", "/channels/c/events", "POST"],
    ["POST", "/channels/c/stats", "GET"],
  ])("%s %s is answered 405, and the right method named", async (method, path, allowed) => {
    const response = await target.api.send({ method, path });
    expectRefused(response, 405);
    expect(response.headers.get("allow")).toBe(allowed);
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

  test("two requests on one connection are both answered", async () => {
    const line = `GET ${target.api.target({ path: "/channels" })} HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`;
    const answers = await exchange(target, [line, line]);
    expect(answers).toHaveLength(2);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a connection stays usable after a refusal", async () => {
    const host = `Host: ${target.host}\r\n\r\n`;
    const bad = `GET ${target.api.target({ path: "/channels", auth: { auth_signature: "x" } })} HTTP/1.1\r\n${host}`;
    const good = `GET ${target.api.target({ path: "/channels" })} HTTP/1.1\r\n${host}`;
    const [first, second] = await exchange(target, [bad, good]);
    expect(first).toMatch(/^HTTP\/1\.1 401 /);
    expect(second).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a body may come in chunks", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    const body = JSON.stringify({ name: "e", data: "x", channels: [channel] });
    const line = `POST ${target.api.target({ path: "/events", body })} HTTP/1.1\r\nHost: ${target.host}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunks = [body.slice(0, 10), body.slice(10)].map(
      (chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`,
    );
    const [answer] = await exchange(target, [`${line}${chunks.join("")}0\r\n\r\n`]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await socket.next()).toEqual({ event: "e", channel, data: "x" });
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

describeServer("HTTP API: body limit", { env: { USHER_MAX_REQUEST_BYTES: "4096" } }, (target) => {
  const bodyOf = (bytes: number): string => {
    const empty = JSON.stringify({ name: "e", data: "", channels: ["c"] });
    return empty.replace('"data":""', `"data":"${"x".repeat(bytes - empty.length)}"`);
  };

  test("a body of the limit is accepted, one byte more is 413", async () => {
    expectAnswer(await target.api.post("/events", bodyOf(4_096)), "{}");
    expect((await target.api.post("/events", bodyOf(4_097))).status).toBe(413);
  });

  test("a body in chunks is measured as well", async () => {
    const body = bodyOf(20_000);
    const half = new TextEncoder().encode(body.slice(0, 10_000));
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(half);
        controller.enqueue(half);
        controller.close();
      },
    });
    const url = target.httpUrl + target.api.target({ path: "/events", body });
    const response = await fetch(url, { method: "POST", body: stream });
    expect(response.status).toBe(413);
  });

  test("the server goes on after a body that was too large", async () => {
    await target.api.post("/events", bodyOf(100_000));
    expectAnswer(await target.api.post("/events", bodyOf(100)), "{}");
  });
});

const ORIGIN = "https://example.com";

describeServer("HTTP API: cross-origin", { env: { USHER_CORS_ORIGINS: ORIGIN } }, (target) => {
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
});

describeServer("HTTP API: any origin", { env: { USHER_CORS_ORIGINS: "*" } }, (target) => {
  test("every page may read the answer", async () => {
    const response = await target.api.send({ path: "/channels", headers: { origin: "https://any.net" } });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  });
});
