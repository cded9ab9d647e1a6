import { expect, test } from "bun:test";
import type { ApiResponse } from "../support/api.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

const CODE = (response: ApiResponse) => [response.status, response.text.split("\n")[1]?.split(":")[0]];

function event(channel: string, data: string, more: object = {}) {
  return { name: "n", data, channels: [channel], ...more };
}

async function send(target: Target, path: string, body: object, key?: string): Promise<ApiResponse> {
  return target.api.send({
    method: "POST",
    path,
    body,
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
}

describeServer("idempotent publish", { usher: true, settings: { subscription_counting: true } }, (target) => {
  test.each([
    ["in the header", (key: string) => [{}, key] as const],
    ["in the body", (key: string) => [{ idempotency_key: key }, undefined] as const],
  ])("a repeat with the same key %s is answered as the first and delivered once", async (_, withKey) => {
    const channel = fresh("once-");
    const socket = await target.connect();
    await socket.join(channel);
    const [more, header] = withKey(fresh("key-"));
    const body = event(channel, "1", { info: "subscription_count", ...more });
    const first = await send(target, "/events", body, header);
    expect(first.json()).toEqual({ channels: { [channel]: { subscription_count: 1 } } });
    const other = await target.connect();
    await other.join(channel);
    // By now the count is another one, and the answer still the first.
    const second = await send(target, "/events", body, header);
    expect([second.status, second.json()]).toEqual([first.status, first.json()]);
    expect(second.headers.get("idempotency-key")).toBe("honoured");
    expect((await socket.framesBeforePong()).filter((frame) => frame.event === "n")).toHaveLength(1);
    expect((await other.framesBeforePong()).filter((frame) => frame.event === "n")).toEqual([]);
  });

  test("a batch is delivered once as well", async () => {
    const channel = fresh("once-");
    const socket = await target.connect();
    await socket.join(channel);
    await socket.framesBeforePong();
    const batch = { batch: [1, 2].map((n) => ({ name: "n", data: String(n), channel })) };
    const key = fresh("key-");
    for (let time = 0; time < 2; time++) {
      expect((await send(target, "/batch_events", batch, key)).status).toBe(200);
    }
    expect((await socket.framesBeforePong()).map(({ data }) => data)).toEqual(["1", "2"]);
  });

  test("the same key with another body or on another route is refused", async () => {
    const channel = fresh("once-");
    const key = fresh("key-");
    expect((await send(target, "/events", event(channel, "1"), key)).status).toBe(200);
    const other = await send(target, "/events", event(channel, "2"), key);
    expect(CODE(other)).toEqual([409, "idempotency_key_reused"]);
    const batch = { batch: [{ name: "n", data: "1", channel }] };
    expect(CODE(await send(target, "/batch_events", batch, key))).toEqual([409, "idempotency_key_reused"]);
  });

  test("a refused request has used no key up", async () => {
    const channel = fresh("once-");
    const key = fresh("key-");
    expect((await send(target, "/events", event(channel, "1", { name: "" }), key)).status).toBe(400);
    expect((await send(target, "/events", event(channel, "1"), key)).status).toBe(200);
  });

  test("without a key, or with other keys, each request is delivered", async () => {
    const channel = fresh("once-");
    const socket = await target.connect();
    await socket.join(channel);
    await socket.framesBeforePong();
    for (const key of [undefined, undefined, fresh("key-"), fresh("key-")]) {
      const answer = await send(target, "/events", event(channel, "1"), key);
      expect(answer.headers.has("idempotency-key")).toBe(key !== undefined);
    }
    expect(await socket.framesBeforePong()).toHaveLength(4);
  });

  test.each(["", "k".repeat(256), 5])("a key such as %p in the body is refused", async (key) => {
    const answer = await target.api.post("/events", event(fresh("once-"), "1", { idempotency_key: key }));
    expect(answer.status).toBe(400);
  });
});
