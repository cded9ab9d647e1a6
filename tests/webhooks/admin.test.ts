import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Admin, type AdminAnswer } from "../support/admin.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { hmacHex } from "../support/sign.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";
import { isSignedBy, WebhookReceiver } from "../support/webhook-receiver.ts";

setDefaultTimeout(60_000);

let receiver: WebhookReceiver;
let server: TestServer;

async function start(env: Record<string, string> = {}): Promise<void> {
  server = await startServer({
    settings: { client_events: true },
    env: { USHER_WEBHOOK_ALLOW_PRIVATE: "1", ...env },
  });
}

beforeEach(() => {
  receiver = new WebhookReceiver();
});

afterEach(async () => {
  await server.stop();
  await receiver.stop();
});

const admin = new Admin(() => server);

function ask(method: string, path: string, body?: unknown): Promise<AdminAnswer> {
  return admin.ask(method, `/apps/${TEST_APP.id}${path}`, body);
}

async function add(fields: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await ask("POST", "/webhooks", { url: receiver.url, ...fields });
  expect([status, body.error]).toEqual([201, undefined]);
  return body.id;
}

async function connect(): Promise<TestSocket> {
  const socket = new TestSocket(
    `ws://${server.host}:${server.port}/app/${TEST_APP.key}?protocol=7`,
    TEST_APP,
  );
  await socket.established();
  return socket;
}

describe("endpoints by the admin API", () => {
  test("take effect at once, get what they ask for, and send their own headers", async () => {
    await start();
    const id = await add({
      event_types: ["channel_occupied"],
      channel_prefix: "orders-",
      headers: { "X-Environment": "staging" },
    });
    const socket = await connect();
    await socket.join("other");
    await socket.join("orders-1");
    expect(await receiver.eventsOf(() => true, 1)).toEqual([
      { name: "channel_occupied", channel: "orders-1" },
    ]);
    expect(receiver.received[0]?.headers.get("x-environment")).toBe("staging");

    await ask("PATCH", `/webhooks/${id}`, { channel_prefix: "" });
    await socket.join("third");
    await receiver.eventsOf(({ channel }) => channel === "third", 1);
    expect((await ask("GET", "/webhooks")).body.items).toMatchObject([
      { id, header_names: ["X-Environment"] },
    ]);
    expect((await ask("DELETE", `/webhooks/${id}`)).status).toBe(204);
    expect((await ask("GET", `/webhooks/${id}`)).body.error.code).toBe("webhook_not_found");
  });

  test("are refused where they cannot be right, with the field that is wrong", async () => {
    await start();
    const problems: readonly [Record<string, unknown>, string][] = [
      [{ url: "ftp://example.com" }, "body.url"],
      [{ url: "https://user:password@example.com" }, "body.url"],
      [{ headers: { "X-Pusher-Signature": "x" } }, "body.headers"],
      [{ event_types: ["channel_opened"] }, "body.event_types.0"],
      [{ event_types: [] }, "body.event_types"],
      [{ colour: "red" }, "body.colour"],
    ];
    for (const [fields, field] of problems) {
      const { status, body } = await ask("POST", "/webhooks", { url: receiver.url, ...fields });
      expect([status, body.error.code, body.error.fields[0].field]).toEqual([400, "invalid_request", field]);
    }
  });

  test("with batching get many events in a request, in order", async () => {
    await start();
    await add({ batching: true, event_types: ["client_event"] });
    const socket = await connect();
    await socket.join("private-a");
    for (let number = 0; number < 10; number++) {
      socket.send({ event: `client-${number}`, channel: "private-a", data: {} });
    }
    const events = await receiver.eventsOf(() => true, 10);
    expect(events.map(({ event }) => event)).toEqual(
      Array.from({ length: 10 }, (_, number) => `client-${number}`),
    );
    expect(receiver.received.length).toBeLessThan(5);
    for (const webhook of receiver.received) {
      expect(isSignedBy(webhook)).toBe(true);
      expect(webhook.eventIds).toHaveLength(webhook.events.length);
    }
  });
});

describe("what became of deliveries", () => {
  test("can be looked at, and sent again", async () => {
    await start();
    const id = await add({ event_types: ["channel_occupied"] });
    let status = 500;
    receiver.answer = () => new Response("said the receiver", { status });
    await (await connect()).join("a");
    await receiver.until(() => receiver.received.length >= 1);
    status = 202;
    const list = (state: string) => ask("GET", `/webhooks/${id}/deliveries?state=${state}`);
    const { body } = await eventually(
      () => list("delivered"),
      ({ body: { items } }) => items.length === 1,
    );
    const [delivery] = body.items;
    expect(delivery).toMatchObject({ event: { name: "channel_occupied", channel: "a" }, attempts: 2 });
    const detail = await ask("GET", `/webhooks/${id}/deliveries/${delivery.id}`);
    expect(detail.body.log).toMatchObject([
      { status: 500, error: "status", response: "said the receiver", next_try_at: expect.any(String) },
      { status: 202, error: null, next_try_at: null },
    ]);

    const again = await ask("POST", `/webhooks/${id}/deliveries/${delivery.id}/replay`);
    expect(again).toMatchObject({ status: 201, body: { event_id: delivery.event_id } });
    await receiver.until(() => receiver.received.length >= 3);
    expect(receiver.received[2]?.eventIds).toEqual([delivery.event_id]);
    expect(receiver.received[2]?.timeMs).toBeGreaterThan(receiver.received[1]?.timeMs ?? 0);

    await eventually(
      () => list("delivered"),
      ({ body: { items } }) => items.length === 2,
    );
    const range = await ask("POST", `/webhooks/${id}/replay`, { from: delivery.created_at });
    expect(range.body).toEqual({ replayed: 2 });
    await receiver.until(() => receiver.received.length >= 5);
    expect((await ask("POST", `/webhooks/${id}/replay`, {})).status).toBe(400);
    expect((await ask("POST", `/webhooks/${id}/deliveries/nothing/replay`)).body.error.code).toBe(
      "delivery_not_found",
    );
  });

  test("a test event goes out at once and says what came back, also where the endpoint is off", async () => {
    await start();
    const id = await add({ enabled: false });
    receiver.answer = () => new Response("I see", { status: 418 });
    const tested = await ask("POST", `/webhooks/${id}/test`, { event_type: "member_added" });
    expect(tested).toMatchObject({ status: 200, body: { status: 418, error: "status", response: "I see" } });
    expect(receiver.events).toEqual([
      { name: "member_added", channel: "presence-usher-webhook-test", user_id: "test" },
    ]);
    expect(receiver.received[0] && isSignedBy(receiver.received[0])).toBe(true);
    expect((await ask("GET", `/webhooks/${id}/deliveries`)).body.items).toEqual([]);
  });
});

test("private addresses are not asked unless the operator allows it", async () => {
  await start({ USHER_WEBHOOK_ALLOW_PRIVATE: "0", USHER_WEBHOOK_URL: receiver.url });
  const [{ id }] = (await ask("GET", "/webhooks")).body.items;
  expect((await ask("POST", `/webhooks/${id}/test`, {})).body).toMatchObject({
    status: null,
    error: "address_forbidden",
  });
  await (await connect()).join("a");
  const { body } = await eventually(
    () => ask("GET", `/webhooks/${id}/deliveries`),
    ({ body: { items } }) => items[0]?.attempts >= 1,
  );
  const detail = await ask("GET", `/webhooks/${id}/deliveries/${body.items[0].id}`);
  expect(detail.body.log[0]).toMatchObject({ status: null, error: "address_forbidden" });
  expect(receiver.received).toEqual([]);
});

test("a rotation: signed by the current secret, with a second signature by the pending one, and then by that", async () => {
  await start();
  await add({ event_types: ["channel_occupied"] });
  const socket = await connect();
  const next = "ffeeddccbbaa99887766";
  const secrets = `/keys/${TEST_APP.key}/secrets`;
  const webhookOf = async (channel: string) => {
    await socket.join(channel);
    await receiver.eventsOf((event) => event.channel === channel, 1);
    return receiver.received.find(({ events }) => events[0]?.channel === channel);
  };
  const signatures = (webhook: Awaited<ReturnType<typeof webhookOf>>) => [
    webhook?.headers.get("x-pusher-signature"),
    webhook?.headers.get("x-pusher-signature-next"),
  ];

  expect((await ask("POST", `${secrets}/rotate`, { secret: next })).status).toBe(200);
  const pending = await webhookOf("pending");
  const body = pending?.body ?? "";
  expect(signatures(pending)).toEqual([hmacHex(TEST_APP.secret, body), hmacHex(next, body)]);

  await ask("POST", `${secrets}/activate`, { retire_for_seconds: 3_600 });
  const activated = await webhookOf("activated");
  expect(signatures(activated)).toEqual([hmacHex(next, activated?.body ?? ""), null]);
});
