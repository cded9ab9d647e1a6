import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GRACE_MS, HEARTBEAT_MS, HttpSession, type SessionSurroundings } from "./http-session.ts";
import { ANSWER_LIMIT, OPEN } from "./lines.ts";
import type { Receiver } from "./receiver.ts";
import { SessionTopics } from "./session-topics.ts";

/** One request of a client in the way of pusher-js, which counts what it has read. */
class FakeReceiver implements Receiver {
  room = ANSWER_LIMIT;
  isAnswered = false;
  isEnded = false;
  lastWriteMs: number;
  text = "";
  readonly isPoll: boolean;

  constructor(isPoll: boolean, nowMs: number) {
    this.isPoll = isPoll;
    this.lastWriteMs = nowMs;
  }

  write(lines: string, nowMs: number): void {
    if (this.isEnded || this.isAnswered || this.room < 0)
      throw new Error("written to a request that takes nothing");
    this.lastWriteMs = nowMs;
    this.text += lines;
    if (this.isPoll) this.isAnswered = true;
    else this.room -= lines.length;
  }

  end(): void {
    this.isEnded = true;
    if (this.isPoll) this.isAnswered = true;
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  get frames(): string[] {
    return this.lines.flatMap((line) =>
      line.startsWith("a") ? (JSON.parse(line.slice(1)) as string[]) : [],
    );
  }
}

function world(limits: Partial<SessionSurroundings> = {}) {
  const seen = { behind: [] as number[], closed: [] as number[], finished: 0, published: [] as string[] };
  const clock = { nowMs: 0 };
  const topics = new SessionTopics();
  const around: SessionSurroundings = {
    topics,
    publishToWebSockets: (topic, text) => seen.published.push(`${topic} ${text}`),
    maxBuffered: Number.POSITIVE_INFINITY,
    hardLimit: Number.POSITIVE_INFINITY,
    monotonicNow: () => clock.nowMs,
    onBehind: (_, waiting) => seen.behind.push(waiting),
    onClosed: (_, code) => seen.closed.push(code),
    onFinished: () => seen.finished++,
    ...limits,
  };
  const session = new HttpSession("k/1/abcdefgh", "xhr_streaming", null, around);
  const receive = (isPoll: boolean, lead?: string) => {
    const receiver = new FakeReceiver(isPoll, clock.nowMs);
    session.receiveWith(receiver, lead);
    return receiver;
  };
  const pass = (ms: number) => {
    clock.nowMs += ms;
    session.sweep(clock.nowMs);
  };
  return { session, topics, seen, receive, pass };
}

const turn = () => Promise.resolve();

describe("a session over HTTP", () => {
  test("hands what waits to whoever asks, each frame once and in order", async () => {
    const { session, receive } = world();
    session.send("1");
    session.send("2");
    const stream = receive(false, OPEN);
    expect(stream.text).toBe('o\na["1","2"]\n');
    session.send("3");
    session.send("4");
    await turn();
    expect(stream.lines.at(-1)).toBe('a["3","4"]');
  });

  test("answers a poll once and lets what comes then wait", async () => {
    const { session, receive } = world();
    const poll = receive(true);
    session.send("1");
    session.send("2");
    await turn();
    session.send("3");
    await turn();
    expect(poll.text).toBe('a["1","2"]\n');
    expect(receive(true).text).toBe('a["3"]\n');
  });

  test("asks for a sign of life every 25 seconds in which nothing was written", () => {
    const { receive, pass } = world();
    const stream = receive(false);
    pass(HEARTBEAT_MS - 1);
    expect(stream.text).toBe("");
    pass(1);
    pass(HEARTBEAT_MS);
    expect(stream.text).toBe("h\nh\n");
  });

  test("ends a poll with a heartbeat after 25 seconds", () => {
    const { receive, pass } = world();
    const poll = receive(true);
    pass(HEARTBEAT_MS);
    expect([poll.text, poll.isAnswered]).toEqual(["h\n", true]);
  });

  test("writes nothing to a full answer, and goes on with the next", async () => {
    const { session, receive, pass, seen } = world();
    const stream = receive(false);
    session.send("x".repeat(ANSWER_LIMIT));
    await turn();
    session.send("after");
    session.close(4200, "bye");
    await turn();
    session.ping();
    pass(1);
    expect(stream.lines).toHaveLength(1);
    const next = receive(false);
    expect(next.lines).toEqual(['a["after"]', 'c[4200,"bye"]']);
    expect([stream.isEnded, next.isEnded, seen.finished]).toEqual([true, true, 1]);
  });

  test("puts no close behind a frame that fills the answer: the client would leave before it came", () => {
    for (const isPoll of [true, false]) {
      const answer = world();
      answer.session.send("x".repeat(ANSWER_LIMIT));
      answer.session.close(4200, "bye");
      expect(answer.receive(isPoll).lines).toHaveLength(1);
      expect(answer.receive(isPoll).lines).toEqual(['c[4200,"bye"]']);
    }
  });

  test("is over when a request ends that was not full: frames may have gone with it", async () => {
    const { session, receive, seen, topics } = world();
    session.join("t");
    const stream = receive(false);
    session.receiverGone(stream);
    await turn();
    expect([session.isOpen, seen.closed, seen.finished, topics.joined]).toEqual([false, [1006], 1, 0]);
  });

  test("waits 5 seconds for a client that left a full answer", async () => {
    const { session, receive, pass, seen } = world();
    const stream = receive(false);
    session.send("x".repeat(ANSWER_LIMIT));
    await turn();
    session.receiverGone(stream);
    pass(GRACE_MS);
    expect(session.isOpen).toBe(true);
    pass(1);
    await turn();
    expect([session.isOpen, seen.closed, seen.finished]).toEqual([false, [1006], 1]);
  });

  test("takes nothing after it was closed, hands over what was there, and is forgotten after 5 seconds", async () => {
    const { session, receive, pass, seen, topics } = world();
    session.join("t");
    session.send("before");
    session.close(4009, "go");
    session.close(4200, "again");
    session.send("after");
    session.join("t");
    await turn();
    expect([seen.closed, topics.joined]).toEqual([[4009], 0]);
    pass(GRACE_MS);
    expect(receive(true).lines).toEqual(['a["before"]', 'c[4009,"go"]']);
    expect(seen.finished).toBe(1);
    const silent = world();
    silent.session.close(4009, "go");
    silent.pass(GRACE_MS + 1);
    await turn();
    expect([silent.seen.closed, silent.seen.finished]).toEqual([[4009], 1]);
  });

  test("is reported as behind once more waits than may, and is cut off far beyond that", async () => {
    const { session, seen } = world({ maxBuffered: 100, hardLimit: 400 });
    session.send("x".repeat(98));
    await turn();
    expect(seen.behind).toEqual([]);
    session.send("y");
    await turn();
    expect(seen.behind).toEqual([103]);
    session.send("x".repeat(400));
    await turn();
    expect([session.isOpen, seen.closed, session.bufferedBytes()]).toEqual([false, [1006], 0]);
  });

  test("is not behind while somebody reads, however much comes at once", async () => {
    const { session, seen, receive } = world({ maxBuffered: 100, hardLimit: 400 });
    const stream = receive(false);
    for (let n = 0; n < 1_000; n++) session.send(`frame ${n}`);
    await turn();
    expect([seen.behind, seen.closed, stream.frames.length]).toEqual([[], [], 1_000]);
  });

  test("gets what is published on its topics, but not what it publishes itself", async () => {
    const { session, topics, receive, seen } = world();
    session.join("t");
    session.join("t");
    const stream = receive(false);
    topics.publish("t", "1", undefined);
    topics.publish("t", "2", session);
    topics.publish("elsewhere", "3", undefined);
    session.publishToOthers("t", "2");
    session.leave("t");
    topics.publish("t", "4", undefined);
    await turn();
    expect(stream.frames).toEqual(["1"]);
    expect(seen.published).toEqual(["t 2"]);
    expect(topics.joined).toBe(0);
  });

  test("owes one sign of life however often it is asked, and any line is one", async () => {
    const { session, receive } = world();
    const stream = receive(false);
    session.answerPing();
    session.answerPing();
    await turn();
    session.answerPing();
    session.send("1");
    await turn();
    session.answerPing();
    await turn();
    expect(stream.lines).toEqual(["a[]", 'a["1"]', "a[]"]);
  });
});

type Step =
  | { readonly kind: "frames"; readonly count: number; readonly size: number; readonly isPublished: boolean }
  | { readonly kind: "receive"; readonly isPoll: boolean }
  | { readonly kind: "leaveFull" | "turn" | "ping" | "heartbeat" | "look" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("frames" as const),
      count: fc.integer({ min: 1, max: 5 }),
      size: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 50_000, max: 300_000 })),
      isPublished: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("receive" as const), isPoll: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "leaveFull" as const,
        "turn" as const,
        "ping" as const,
        "heartbeat" as const,
        "look" as const,
      ),
    }),
  },
);

test("whatever is sent and however a client asks, it reads every frame once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { session, topics, receive, seen } = world();
      session.join("t");
      const receivers: FakeReceiver[] = [];
      let sent = 0;
      const frame = (size: number) => JSON.stringify([sent++, "é".repeat(size)]);
      for (const each of steps) {
        const current = receivers.at(-1);
        if (each.kind === "frames") {
          for (let n = 0; n < each.count; n++) {
            if (each.isPublished) topics.publish("t", frame(each.size), undefined);
            else session.send(frame(each.size));
          }
        } else if (each.kind === "receive") receivers.push(receive(each.isPoll));
        else if (each.kind === "turn") await turn();
        else if (each.kind === "ping") session.answerPing();
        else if (each.kind === "heartbeat") session.ping();
        else if (each.kind === "look") session.bufferedBytes();
        else if (current && current.room < 0) session.receiverGone(current);
      }
      await turn();
      // Whatever still waits comes to a client that goes on asking.
      for (let n = 0; n < 100 && session.bufferedBytes() > 0; n++) receivers.push(receive(n % 2 === 0));
      const read = receivers.flatMap(({ frames }) => frames).map((text) => (JSON.parse(text) as [number])[0]);
      expect(read).toEqual(Array.from({ length: sent }, (_, n) => n));
      expect(seen.closed).toEqual([]);
      // At most one frame goes past the limit, as the last thing in its answer.
      for (const { lines } of receivers) {
        const before = lines.slice(0, -1).join("\n").length + 1;
        expect(before).toBeLessThanOrEqual(ANSWER_LIMIT);
      }
    }),
    { numRuns: 300 },
  );
});
