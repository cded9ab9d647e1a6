import { expect, test } from "bun:test";
import { expectClosed, expectRefusedSubscription } from "../support/refusals.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";
import { eventually } from "../support/time-limit.ts";

/** Connects as soon as the server has noticed that a place is free. */
async function connectAgain(target: Target): Promise<void> {
  await eventually(
    async () => {
      const socket = target.open();
      const { event } = await socket.next();
      await socket.close();
      return event;
    },
    (event) => event === "pusher:connection_established",
  );
}

const CONNECTION_QUOTA = {
  settings: { connection_quota: 2 },
  oneNode: "each node counts its own connections",
};

describeServer("connection quota", CONNECTION_QUOTA, (target) => {
  test("the connection above the quota is closed with 4004, and the others notice nothing", async () => {
    const [first, second] = await Promise.all([target.connect(), target.connect()]);
    await expectClosed(target.open(), 4004);
    expect(await first.framesBeforePong()).toEqual([]);
    expect(await second.framesBeforePong()).toEqual([]);
    await first.close();
    await connectAgain(target);
  });
});

const CAPACITY = { env: { USHER_MAX_CONNECTIONS: "2" }, oneNode: "the capacity is one server's" };

describeServer("server capacity", CAPACITY, (target) => {
  test("the connection above the server's capacity is closed with 4100", async () => {
    const [first] = await Promise.all([target.connect(), target.connect()]);
    await expectClosed(target.open(), 4100);
    await first.close();
    await connectAgain(target);
  });
});

describeServer("channels per connection", { settings: { channels_per_connection: 2 } }, (target) => {
  test("a channel above the limit is refused, a channel given up makes room", async () => {
    const socket = await target.connect();
    const channels = [fresh("c-"), fresh("private-"), fresh("c-")] as const;
    await socket.join(channels[0]);
    await socket.join(channels[1]);
    socket.subscribe(channels[2]);
    await expectRefusedSubscription(socket, channels[2], { type: "LimitReached", status: 4100 });
    socket.unsubscribe(channels[0]);
    await socket.join(channels[2]);
  });

  test("a second subscription to a channel that the connection is on takes no further place", async () => {
    const socket = await target.connect();
    const channels = [fresh("c-"), fresh("c-")] as const;
    await socket.join(channels[0]);
    await socket.join(channels[1]);
    await socket.join(channels[0]);
  });
});

describeServer(
  "activity timeout",
  { settings: { activity_timeout: 30 }, oneNode: "the node that is asked decides alone" },
  (target) => {
    test("the greeting gives the app's activity_timeout", async () => {
      const frame = await target.open().established();
      expect(JSON.parse(String(frame.data))).toMatchObject({ activity_timeout: 30 });
    });
  },
);
