import { describe, expect, test } from "bun:test";
import { type ResumeOptions, resume } from "./resume.ts";
import type { Runtime } from "./runtime.ts";

/** As much of pusher-js as this looks at: its emitters call global handlers first, and what throws ends the call. */
class FakePusher {
  readonly sent: unknown[] = [];
  readonly waits: number[] = [];
  readonly emitted: unknown[] = [];
  readonly #channels = new Map<string, { emit: (event: string, data: unknown) => void }>();
  readonly #globals: ((event: string, data: unknown) => void)[] = [];
  readonly #bound: [event: string, callback: (data: unknown) => void][] = [];
  nowMs = 1_000_000;
  chance = 0;
  readonly runtime: Runtime = {
    Date: { now: () => this.nowMs },
    Math: { random: () => this.chance },
    setTimeout: () => 0,
    clearTimeout: () => {},
  };
  readonly connection = {
    socket_id: "1.1",
    bind: (event: string, callback: (data: unknown) => void) => this.#bound.push([event, callback]),
    bind_global: (callback: (event: string, data: unknown) => void) => this.#globals.push(callback),
    retryIn: (delayMs: number) => {
      this.waits.push(delayMs);
    },
  };

  channel = (name: string) => this.#channels.get(name);

  send_event(event: string, data: unknown, channel?: string): boolean {
    this.sent.push([event, data, channel]);
    return true;
  }

  /** Makes a channel anew, as one that was left and is joined again. */
  join(name: string): this {
    this.#channels.set(name, { emit: (event, data) => this.emitted.push([name, event, data]) });
    return this;
  }

  subscribe(name: string): unknown {
    this.send_event("pusher:subscribe", { auth: "", channel: name });
    return this.sent.pop();
  }

  emit(event: string, data?: unknown): void {
    for (const callback of this.#globals) callback(event, data);
    for (const [name, callback] of this.#bound) if (name === event) callback(data);
  }

  receive(event: string, data: unknown, channel?: string): void {
    this.emit("message", { event, data, channel });
  }

  stand(channel: string, serial: number, more: object = {}): void {
    const event = "reason" in more ? "usher:gap" : "usher:position";
    this.receive(event, { channel, epoch: "e", serial, ...more });
  }

  start(options?: ResumeOptions): this {
    resume(this, options, this.runtime);
    return this;
  }
}

const subscription = (resumed: unknown) => [
  "pusher:subscribe",
  { auth: "", channel: "a", resume: resumed },
  undefined,
];

describe("resuming", () => {
  test("a subscription asks for it, and from where the channel's events have come", () => {
    const pusher = new FakePusher().join("a").start();
    expect(pusher.subscribe("a")).toEqual(subscription({}));
    pusher.stand("a", 5);
    pusher.receive("e", 1, "a");
    pusher.receive("client-e", 1, "a");
    expect(pusher.subscribe("a")).toEqual(subscription({ epoch: "e", serial: 7, socket_id: "1.1" }));
  });

  test("counts neither the protocol's own events, nor other channels', nor what comes before the server's word", () => {
    const pusher = new FakePusher().join("a").join("b").start();
    pusher.receive("e", 1, "a");
    pusher.stand("a", 5);
    for (const event of ["pusher:cache_miss", "pusher_internal:member_added", "pusher:subscription_error"]) {
      pusher.receive(event, {}, "a");
    }
    pusher.receive("e", 1, "b");
    pusher.receive("e", 1);
    expect(pusher.subscribe("a")).toEqual(subscription({ epoch: "e", serial: 5, socket_id: "1.1" }));
    pusher.receive("e", "from the cache", "a");
    expect(pusher.subscribe("a")).toEqual(subscription({ epoch: "e", serial: 5, socket_id: "1.1" }));
  });

  test("counts an event although a handler of the page throws", () => {
    const pusher = new FakePusher().join("a");
    // pusher-js itself binds first, when it is made.
    pusher.connection.bind("message", (frame) => {
      if ((frame as { event: string }).event === "e") throw new Error("a fault of the page");
    });
    pusher.start();
    pusher.stand("a", 5);
    expect(() => pusher.receive("e", 1, "a")).toThrow("a fault of the page");
    expect(pusher.subscribe("a")).toEqual(subscription({ epoch: "e", serial: 6, socket_id: "1.1" }));
  });

  test("a gap is told on the channel, and counted from", () => {
    const pusher = new FakePusher().join("a").start();
    pusher.stand("a", 9, { reason: "too_old" });
    expect(pusher.emitted).toEqual([["a", "usher:gap", { reason: "too_old" }]]);
    expect(pusher.subscribe("a")).toEqual(subscription({ epoch: "e", serial: 9, socket_id: "1.1" }));
  });

  test("begins anew on a channel that was left, and leaves the user's own channel alone", () => {
    const pusher = new FakePusher().join("a").start();
    pusher.stand("a", 5);
    pusher.join("a");
    expect(pusher.subscribe("a")).toEqual(subscription({}));
    pusher.stand("unknown", 5);
    expect(pusher.subscribe("#server-to-user-7")).toEqual([
      "pusher:subscribe",
      { auth: "", channel: "#server-to-user-7" },
      undefined,
    ]);
    pusher.send_event("client-e", 1, "a");
    expect(pusher.sent).toEqual([["client-e", 1, "a"]]);
  });
});

describe("coming back", () => {
  test("is spread over half a second, and over more each time that it does not last", () => {
    const pusher = new FakePusher().start();
    pusher.chance = 0.5;
    for (let loss = 0; loss < 9; loss++) {
      pusher.emit("connected");
      pusher.connection.retryIn(1_000);
    }
    expect(pusher.waits.map((ms) => ms - 1_000)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
    ]);
    pusher.emit("connected");
    pusher.nowMs += 30_000;
    pusher.connection.retryIn(0);
    expect(pusher.waits.at(-1)).toBe(250);
  });

  test("is spread over what the server advises, once, and never over more than two minutes", () => {
    const pusher = new FakePusher().start({ backOff: { baseMs: 100, maxMs: 100 } });
    pusher.chance = 0.5;
    for (const within_ms of [10_000, undefined, 1e9]) {
      if (within_ms) pusher.receive("usher:reconnect", { within_ms });
      pusher.connection.retryIn(0);
    }
    expect(pusher.waits).toEqual([5_000, 50, 60_000]);
  });

  test("is left to pusher-js on request", () => {
    const pusher = new FakePusher();
    const { retryIn } = pusher.connection;
    pusher.start({ backOff: false });
    expect(pusher.connection.retryIn).toBe(retryIn);
  });
});
