import { expect, test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import { describeServer, fresh } from "../support/target.ts";
import { eventually } from "../support/time-limit.ts";

function batchOf(count: number): { batch: object[] } {
  return { batch: Array.from({ length: count }, () => ({ name: "e", channel: fresh("c-"), data: "" })) };
}

describeServer("HTTP API: event rate", { settings: { server_event_rate: 3 } }, (target) => {
  test("events above the rate are answered 429 with Retry-After, and none of them is published", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    const event = { name: "e", data: "", channels: [channel] };
    const responses = await Promise.all(Array.from({ length: 12 }, () => target.api.post("/events", event)));
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const response of refused) {
      expectRefused(response, 429);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(await socket.framesBeforePong()).toHaveLength(12 - refused.length);
  });

  test("the rate comes back with time", async () => {
    const response = await eventually(
      () => target.api.post("/events", { name: "e", data: "", channels: [fresh("c-")] }),
      ({ status }) => status === 200,
    );
    expectAnswer(response, "{}");
  });

  test("a batch counts as many events as it has", async () => {
    const response = await target.api.post("/batch_events", batchOf(4));
    expectRefused(response, 429);
  });

  test("reading is not counted", async () => {
    for (let n = 0; n < 10; n++) expect((await target.api.get("/channels")).status).toBe(200);
  });
});

describeServer("HTTP API: read rate", { settings: { read_rate: 3 } }, (target) => {
  test("reads above the rate are answered 429 with Retry-After, and triggers go on", async () => {
    const responses = await Promise.all(Array.from({ length: 12 }, () => target.api.get("/channels")));
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const response of refused) {
      expectRefused(response, 429);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    await target.api.trigger({ name: "e", data: "", channels: [fresh("c-")] });
  });
});

const MESSAGE_QUOTA = {
  settings: { message_quota: 20 },
  oneNode: "each node counts the requests that it answers and the deliveries that it makes",
};

describeServer("HTTP API: message quota", MESSAGE_QUOTA, (target) => {
  test("an app over its quota of messages is answered 403, and nothing is published", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    // Each counts twice: one API call and one delivery.
    const event = { name: "e", data: "", channels: [channel] };
    const isOver = async (): Promise<boolean> => (await target.api.post("/events", event)).status !== 200;
    let accepted = 0;
    while (accepted <= 20 && !(await isOver())) accepted++;
    expect(accepted).toBe(10);
    expectRefused(await target.api.post("/events", event), 403);
    expectRefused(await target.api.post("/batch_events", batchOf(1)), 403);
    expect(await socket.framesBeforePong()).toHaveLength(accepted);
  });
});

describeServer(
  "HTTP API: message quota of an app without clients",
  { settings: { message_quota: 5 } },
  (target) => {
    test("the count does not start anew while nobody is connected", async () => {
      const trigger = () => target.api.post("/events", { name: "e", data: "", channels: [fresh("c-")] });
      for (let n = 0; n < 5; n++) expectAnswer(await trigger(), "{}");
      expectRefused(await trigger(), 403);
      // Longer than the server takes to notice that nobody uses an app: it looks once a second.
      const deadline = Date.now() + 2_200;
      await eventually(
        async () => expectRefused(await trigger(), 403),
        () => Date.now() > deadline,
      );
    });
  },
);
