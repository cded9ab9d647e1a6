import { expect, test } from "bun:test";
import { type App, DEFAULT_APP_SETTINGS } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import type { WebhookEndpoint } from "../webhooks/endpoint.ts";
import type { FinishedAttempt } from "../webhooks/endpoint-sender.ts";
import { Console } from "./console.ts";
import { attemptWatcher, clientEventWatcher } from "./console-sources.ts";

const APP: App = {
  id: "3",
  name: "",
  enabled: true,
  keys: [],
  restrictions: [],
  settings: DEFAULT_APP_SETTINGS,
};

function watched() {
  const console = new Console(() => 0);
  const viewer = console.admit("3", () => true);
  return { console, seen: () => viewer?.take()?.entries.map(({ id, atMs, ...content }) => content) };
}

const ENDPOINT = { id: "wh_1", appId: "3", url: "https://hooks.example/in?token=x" } as WebhookEndpoint;

function attempt(outcome: FinishedAttempt["outcome"], result: Partial<FinishedAttempt["result"]>) {
  const event = (id: string, channel: string, body: object) => ({
    id,
    eventId: `e${id}`,
    channel,
    body: JSON.stringify(body),
    createdAtMs: 0,
    attempts: 0,
    nextTryAtMs: null,
    batchId: null,
  });
  return {
    result: { status: null, error: null, response: null, ...result },
    attempts: 2,
    events: [
      event("1", "room", { name: "channel_occupied", channel: "room" }),
      event("2", "presence-a", { name: "member_added", channel: "presence-a", user_id: "7" }),
    ],
    outcome,
  };
}

test("each event of a webhook is an entry, with what came of it and without the address's query", () => {
  const { console, seen } = watched();
  attemptWatcher(console)(ENDPOINT, attempt("delivered", { status: 200 }));
  const shared = { type: "webhook", code: "200", webhookId: "wh_1" } as const;
  const message = "delivered, attempt 2, hooks.example/in";
  expect(seen()).toEqual([
    { ...shared, message, channel: "room", event: "channel_occupied", deliveryId: "1" },
    { ...shared, message, channel: "presence-a", event: "member_added", deliveryId: "2", userId: "7" },
  ]);
});

test.each([
  [{ nextTryAtMs: 1 }, { status: 503, error: "status" }, "503", "failed, will be tried again"],
  ["dead", { error: "timeout" }, "timeout", "given up"],
] as const)("a failure says how: %p", (outcome, result, code, words) => {
  const { console, seen } = watched();
  attemptWatcher(console)(ENDPOINT, attempt(outcome, result));
  expect(seen()?.[0]).toMatchObject({ code, message: expect.stringContaining(words) });
});

test("a client event of an operator says so, and shows its data only where the app lets it", () => {
  const { console, seen } = watched();
  const event = { channel: "presence-a" as ChannelName, event: "client-x", data: '{"a":1}', userId: "7" };
  const tell = clientEventWatcher(console);
  tell(APP, event, 3);
  tell({ ...APP, settings: { ...APP.settings, consolePayloads: true } }, event, 3);
  const shared = { channel: "presence-a", event: "client-x", userId: "7", size: 7, receivers: 3 };
  const entry = { ...shared, type: "client_event", message: "sent by an operator" } as const;
  expect(seen()).toEqual([entry, { ...entry, data: '{"a":1}' }]);
});

test("nothing is worked out while nobody looks", () => {
  const console = new Console(() => 0);
  const tell = () => attemptWatcher(console)({ ...ENDPOINT, url: "no address" }, attempt("delivered", {}));
  expect(tell).not.toThrow();
});
