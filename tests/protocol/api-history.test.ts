import { describe, expect, test } from "bun:test";
import { metricsOf } from "../support/metrics.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

interface History {
  readonly epoch: string;
  readonly first_serial: number;
  readonly last_serial: number;
  readonly events: readonly { readonly serial: number; readonly name: string; readonly data: string }[];
  readonly next_after: number | null;
}

async function read(target: Target, channel: string, query: Record<string, string> = {}): Promise<History> {
  const path = `/channels/${encodeURIComponent(channel)}/events`;
  const answer = await target.api.get(path, Object.entries(query));
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  return answer.json() as History;
}

async function publish(target: Target, channel: string, ...numbers: number[]): Promise<void> {
  for (const n of numbers) await target.api.trigger({ name: "n", data: String(n), channels: [channel] });
}

const SETTINGS = { history_prefixes: ["kept-", "presence-kept-"], history_events: 5, client_events: true };

describeServer("history over the HTTP API", { usher: true, settings: SETTINGS }, (target) => {
  test("has the last events, oldest first, in pages", async () => {
    const channel = fresh("kept-");
    await publish(target, channel, 1, 2, 3, 4, 5, 6, 7);
    const whole = await read(target, channel);
    expect(whole).toMatchObject({ first_serial: 3, last_serial: 7, next_after: null });
    expect(whole.events.map(({ serial, name, data }) => [serial, name, data])).toEqual(
      [3, 4, 5, 6, 7].map((n) => [n, "n", String(n)]),
    );
    const first = await read(target, channel, { limit: "2" });
    expect(first.events.map(({ serial }) => serial)).toEqual([3, 4]);
    expect(first.next_after).toBe(4);
    const second = await read(target, channel, { limit: "3", after: "4" });
    expect(second.events.map(({ serial }) => serial)).toEqual([5, 6, 7]);
    expect(second.next_after).toBeNull();
    expect(second.epoch).toBe(whole.epoch);
    expect((await read(target, channel, { after: "7" })).events).toEqual([]);
  });

  test("tells which member sent a client event, and has no comings and goings", async () => {
    const channel = fresh("presence-kept-");
    const [ann, bob] = [await target.connect(), await target.connect()];
    await ann.join(channel, { user_id: "ann" });
    await bob.join(channel, { user_id: "bob" });
    ann.send({ event: "client-typed", channel, data: { on: true } });
    await ann.framesBeforePong();
    expect(await read(target, channel)).toMatchObject({
      events: [{ serial: 1, name: "client-typed", data: '{"on":true}', user_id: "ann" }],
    });
  });

  test("is empty on a channel that nothing was sent on", async () => {
    expect(await read(target, fresh("kept-"))).toMatchObject({
      first_serial: 1,
      last_serial: 0,
      events: [],
      next_after: null,
    });
  });

  test("is refused where none is kept", async () => {
    const answer = await target.api.get(`/channels/${fresh("other-")}/events`);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("history_not_kept");
  });

  test.each([
    ["limit", "0"],
    ["limit", "1001"],
    ["limit", "x"],
    ["after", "-1"],
  ])("%s=%s is refused", async (name, value) => {
    const answer = await target.api.get(`/channels/${fresh("kept-")}/events`, [[name, value]]);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(name);
  });

  test("leaves the deprecated way to send events on the same path", async () => {
    const channel = fresh("kept-");
    const query = [["name", "n"]] as const;
    const answer = await target.api.send({
      method: "POST",
      path: `/channels/${channel}/events`,
      query,
      body: "1",
    });
    expect(answer.status).toBe(202);
    expect((await read(target, channel)).events).toHaveLength(1);
  });
});

describeServer(
  "history in a strict app",
  { usher: true, settings: { ...SETTINGS, strict: true } },
  (target) => {
    test("takes its own parameters and no others", async () => {
      const channel = fresh("kept-");
      await read(target, channel, { limit: "1", after: "0" });
      const answer = await target.api.get(`/channels/${channel}/events`, [["before", "1"]]);
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("extraneous: before")]);
    });
  },
);

describeServer("resuming, frame by frame", { usher: true, settings: SETTINGS }, (target) => {
  async function join(channel: string, resume?: object) {
    const socket = await target.connect();
    const auth = channel.startsWith("p") ? socket.authFor(channel) : "";
    socket.send({ event: "pusher:subscribe", data: { channel, auth, resume } });
    await socket.nextEvent("pusher_internal:subscription_succeeded");
    return { socket, frames: await socket.framesBeforePong() };
  }

  const position = (channel: string, epoch: string, serial: number) => ({
    event: "usher:position",
    data: JSON.stringify({ channel, epoch, serial }),
  });
  const n = (channel: string, data: number) => ({ event: "n", channel, data: String(data) });

  test("a client that asks for it learns where the channel stands", async () => {
    const channel = fresh("kept-");
    await publish(target, channel, 1);
    const { epoch } = await read(target, channel);
    expect((await join(channel, {})).frames).toEqual([position(channel, epoch, 1)]);
  });

  test("a client that stands somewhere is sent what followed, as it was sent to the others", async () => {
    const channel = fresh("kept-");
    await publish(target, channel, 1, 2, 3);
    const { epoch } = await read(target, channel);
    const { socket, frames } = await join(channel, { epoch, serial: 1 });
    expect(frames).toEqual([position(channel, epoch, 1), n(channel, 2), n(channel, 3)]);
    await publish(target, channel, 4);
    expect(await socket.framesBeforePong()).toEqual([n(channel, 4)]);
  });

  test.each([
    ["epoch_changed", (epoch: string) => ({ epoch: `${epoch}x`, serial: 1 })],
    ["epoch_changed", (epoch: string) => ({ epoch, serial: 100 })],
    ["too_many", (epoch: string) => ({ epoch, serial: 1 })],
  ])("a client that cannot be given all is told %s", async (reason, from) => {
    const channel = fresh("kept-");
    await publish(target, channel, 1, 2, 3, 4, 5, 6, 7);
    const { epoch } = await read(target, channel);
    const data = JSON.stringify({ channel, reason, epoch, serial: 7 });
    expect((await join(channel, from(epoch))).frames).toEqual([{ event: "usher:gap", data }]);
  });

  test("the metrics tell who came back, and what came of it", async () => {
    const channel = fresh("kept-");
    const { epoch } = await read(target, channel);
    await join(channel, { epoch, serial: 0 });
    await join(channel, { epoch: "other", serial: 0 });
    const metrics = await metricsOf(target.process);
    for (const outcome of ["resumed", "epoch_changed"]) {
      expect(
        metrics.get(`usher_returns_total{app_id="${target.app.id}",outcome="${outcome}"}`),
      ).toBeGreaterThan(0);
    }
  });

  test("the connection that an event is kept from learns that it is counted", async () => {
    const channel = fresh("kept-");
    const { socket } = await join(channel, {});
    await target.api.trigger({ name: "n", data: "1", channels: [channel], socket_id: socket.socketId });
    const { epoch } = await read(target, channel);
    expect(await socket.framesBeforePong()).toEqual([position(channel, epoch, 1)]);
  });

  test("whoever does not ask hears nothing of it", async () => {
    const channel = fresh("kept-");
    const { socket, frames } = await join(channel);
    expect(frames).toEqual([]);
    await target.api.trigger({ name: "n", data: "1", channels: [channel], socket_id: socket.socketId });
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("a channel without history answers as if nobody had asked", async () => {
    expect((await join(fresh("other-"), { epoch: "e", serial: 1 })).frames).toEqual([]);
  });

  test("what is missed is sent to those alone who may join", async () => {
    const channel = `presence-${fresh("kept-")}`;
    await publish(target, channel, 1);
    const { epoch } = await read(target, channel);
    const socket = await target.connect();
    socket.send({
      event: "pusher:subscribe",
      data: { channel, auth: "nobody:0", channel_data: '{"user_id":"1"}', resume: { epoch, serial: 0 } },
    });
    expect((await socket.framesBeforePong()).map(({ event }) => event)).toEqual([
      "pusher:subscription_error",
      "pusher:error",
    ]);
  });

  describe.each([[], "all", 5, { epoch: 5, serial: "x" }, { epoch: "e", serial: -1 }])(
    "resume: %j",
    (resume) => {
      test("is no reason to refuse anybody", async () => {
        const { frames } = await join(fresh("kept-"), resume as object);
        expect(frames.every(({ event }) => event === "usher:position")).toBe(true);
      });
    },
  );
});
