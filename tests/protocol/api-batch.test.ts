import { expect, test } from "bun:test";
import { expectAnswer, expectRefused } from "../support/answers.ts";
import { describeServer, fresh } from "../support/target.ts";

interface Item {
  readonly name: string;
  readonly channel: string;
  readonly data: string;
}

function items(count: number, channel: string): Item[] {
  return Array.from({ length: count }, (_, n) => ({ name: "e", channel, data: String(n) }));
}

describeServer("HTTP API: batch", {}, (target) => {
  test("the events of a batch are delivered in its order", async () => {
    const [one, two] = [fresh("c-"), fresh("c-")];
    const socket = await target.connect();
    await socket.join(one);
    await socket.join(two);
    const batch = [
      { name: "e1", channel: two, data: "1" },
      { name: "e2", channel: one, data: "2" },
      { name: "e3", channel: two, data: "3" },
    ];
    expectAnswer(await target.api.post("/batch_events", { batch }), "{}");
    expect(await socket.framesBeforePong()).toEqual(
      batch.map(({ name, channel, data }) => ({ event: name, channel, data })),
    );
  });

  test("each event may leave out a connection of its own", async () => {
    const channel = fresh("c-");
    const [one, two] = await Promise.all([target.connect(), target.connect()]);
    await one.join(channel);
    await two.join(channel);
    const batch = [
      { name: "not-one", channel, data: "", socket_id: one.socketId },
      { name: "not-two", channel, data: "", socket_id: two.socketId },
    ];
    expectAnswer(await target.api.post("/batch_events", { batch }), "{}");
    expect((await one.framesBeforePong()).map(({ event }) => event)).toEqual(["not-two"]);
    expect((await two.framesBeforePong()).map(({ event }) => event)).toEqual(["not-one"]);
  });

  test("scenario 22: a batch of 10 is accepted, one of 11 is refused whole", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    expectRefused(await target.api.post("/batch_events", { batch: items(11, channel) }), 400, /10/);
    expect(await socket.framesBeforePong()).toEqual([]);
    expectAnswer(await target.api.post("/batch_events", { batch: items(10, channel) }), "{}");
    expect(await socket.framesBeforePong()).toHaveLength(10);
  });

  test.each([
    ["no name", { name: undefined }, 400],
    ["a reserved name", { name: "pusher:x" }, 400],
    ["a name that is too long", { name: "n".repeat(201) }, 400],
    ["no data", { data: undefined }, 400],
    ["data that is no string", { data: {} }, 400],
    ["too much data", { data: "x".repeat(10_241) }, 413],
    ["no channel", { channel: undefined }, 400],
    ["an invalid channel", { channel: "not valid" }, 400],
    ["two channels", { channel: undefined, channels: ["a", "b"] }, 400],
    ["an unknown attribute", { info: "members" }, 400],
  ])(
    "scenario 22: one item with %s keeps the whole batch from being published",
    async (_what, spoilt, status) => {
      const channel = fresh("c-");
      const socket = await target.connect();
      await socket.join(channel);
      const batch: object[] = items(10, channel);
      batch[9] = { ...batch[9], ...spoilt };
      expectRefused(await target.api.post("/batch_events", { batch }), status);
      expect(await socket.framesBeforePong()).toEqual([]);
    },
  );

  test.each([
    ["no batch", {}],
    ["an empty batch", { batch: [] }],
    ["a batch that is an object", { batch: { name: "e" } }],
    ["an item that is text", { batch: ["e"] }],
    ["an item that is null", { batch: [null] }],
    ["an item that is a list", { batch: [[]] }],
  ])("answers 400 for %s", async (_what, body) => {
    expectRefused(await target.api.post("/batch_events", body), 400);
  });

  test("an item does not take over what the query says", async () => {
    const response = await target.api.send({
      path: "/batch_events",
      query: [["channel", fresh("c-")]],
      body: { batch: [{ name: "e", data: "" }] },
    });
    expectRefused(response, 400);
  });
});
