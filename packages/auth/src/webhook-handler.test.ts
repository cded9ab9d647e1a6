import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { toHono } from "./adapters/hono.ts";
import { toNext } from "./adapters/next.ts";
import { toNode } from "./adapters/node.ts";
import { EXAMPLE_APP } from "./testing/example.ts";
import { createWebhookHandler, type WebhookFunctions } from "./webhook-handler.ts";

const { key, secret } = EXAMPLE_APP;
const EVENTS = [
  { name: "channel_occupied", channel: "presence-a" },
  { name: "member_added", channel: "presence-a", user_id: "7" },
  { name: "of-tomorrow", channel: "presence-a" },
] as const;
const BODY = JSON.stringify({ time_ms: 1353088179000, events: EVENTS });

function requestOf(body = BODY, signedWith: string = secret, headers: Record<string, string> = {}): Request {
  return new Request("http://127.0.0.1/webhooks", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-pusher-key": key,
      "x-pusher-signature": createHmac("sha256", signedWith).update(body).digest("hex"),
      "x-usher-event-id": "e1,e2,e3",
      ...headers,
    },
    body,
  });
}

function recording() {
  const told: unknown[] = [];
  const on: WebhookFunctions = {
    channel_occupied: ({ channel }, { eventId, time, key: of }) =>
      told.push(["occupied", channel, eventId, time.getTime(), of]),
    member_added: async ({ user_id: userId }, { eventId }) => told.push(["added", userId, eventId]),
  };
  return { told, on };
}

describe("a webhook endpoint", () => {
  test("calls the functions in order and answers 200", async () => {
    const { told, on } = recording();
    const response = await createWebhookHandler({ key, secret, on })(requestOf());
    expect([response.status, await response.json()]).toEqual([200, {}]);
    expect(told).toEqual([
      ["occupied", "presence-a", "e1", 1353088179000, key],
      ["added", "7", "e2"],
    ]);
  });

  test("waits for each function before the next", async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const on: WebhookFunctions = {
      channel_occupied: async () => {
        await gate.promise;
        order.push("first");
      },
      member_added: () => void order.push("second"),
    };
    const answering = createWebhookHandler({ key, secret, on })(requestOf());
    gate.resolve();
    await answering;
    expect(order).toEqual(["first", "second"]);
  });

  test("believes any of several secrets, and settings that are functions", async () => {
    const { told, on } = recording();
    const handler = createWebhookHandler<{ secrets: string[] }>({
      key: async () => key,
      secret: ({ secrets }) => secrets,
      on,
    });
    expect((await handler(requestOf(BODY, "new"), { secrets: [secret, "new"] })).status).toBe(200);
    expect(told).toHaveLength(2);
  });

  test.each([
    [401, "signature_invalid", () => requestOf(BODY, "forged")],
    [401, "key_unknown", () => requestOf(BODY, secret, { "x-pusher-key": "other" })],
    [401, "content_type_invalid", () => requestOf(BODY, secret, { "content-type": "text/plain" })],
    [401, "body_invalid", () => requestOf("[]")],
    [
      413,
      "body_too_large",
      () => requestOf(JSON.stringify({ time_ms: 1, events: [], pad: "x".repeat(500) })),
    ],
    [405, "method_not_allowed", () => new Request("http://127.0.0.1/webhooks")],
  ])("answers %i %s", async (status, error, request) => {
    const { told, on } = recording();
    const response = await createWebhookHandler({ key, secret, on, maxBodyBytes: 400 })(request());
    expect([response.status, await response.json()]).toEqual([status, { error }]);
    expect(told).toEqual([]);
  });

  test("answers 500 when a function fails, so that the webhook comes again, and reports it", async () => {
    const errors: unknown[] = [];
    const failure = new Error("the database is away");
    const handler = createWebhookHandler({
      key,
      secret,
      on: { channel_occupied: () => Promise.reject(failure) },
      onError: (error) => {
        errors.push(error);
        throw new Error("and so is the error reporting");
      },
    });
    expect((await handler(requestOf())).status).toBe(500);
    expect(errors).toEqual([failure]);
  });

  test("answers 500 when its secret is missing", async () => {
    const handler = createWebhookHandler({ key, secret: () => undefined as unknown as string, on: {} });
    expect((await handler(requestOf())).status).toBe(500);
  });
});

describe("the adapters of the authorization endpoint take it", () => {
  test("Next.js and Hono", async () => {
    const { told, on } = recording();
    const handler = createWebhookHandler({ key, secret, on });
    expect((await toNext(handler).POST(requestOf(), undefined)).status).toBe(200);
    const raw = requestOf();
    const req = { raw, json: () => raw.json(), parseBody: async () => ({}) };
    expect((await toHono(handler)({ req })).status).toBe(200);
    // A body that middleware has parsed before prints to the same bytes again.
    const read = requestOf();
    const kept: unknown = await read.json();
    const parsed = { raw: read, json: async () => kept, parseBody: async () => ({}) };
    expect((await toHono(handler)({ req: parsed })).status).toBe(200);
    expect(told).toHaveLength(6);
  });

  test("Node", async () => {
    const { createServer } = await import("node:http");
    const { told, on } = recording();
    const server = createServer(toNode(createWebhookHandler({ key, secret, on })));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { headers } = requestOf();
    const response = await fetch(`http://127.0.0.1:${port}/webhooks`, {
      method: "POST",
      headers,
      body: BODY,
    });
    expect(response.status).toBe(200);
    expect(told).toHaveLength(2);
    await new Promise((resolve) => server.close(resolve));
  });
});
