import { describe, expect, test } from "bun:test";
import { type Delivery, EndpointQueue, type HeldEvent } from "./endpoint-queue.ts";

function event(number: number, channel = "a", tried: Partial<HeldEvent> = {}): HeldEvent {
  const id = String(number).padStart(6, "0");
  return {
    id,
    eventId: id,
    channel,
    body: "{}",
    createdAtMs: number,
    attempts: 0,
    nextTryAtMs: null,
    batchId: null,
    ...tried,
  };
}

function numbersOf(delivery: Delivery | undefined): number[] | undefined {
  return delivery?.events.map(({ id }) => Number(id));
}

function take(queue: EndpointQueue, most = 1): Delivery {
  const delivery = queue.next(most);
  if (!delivery) throw new Error("nothing may go");
  return delivery;
}

describe("what goes next", () => {
  test("is one event of a channel at a time, and channels take turns", () => {
    const queue = new EndpointQueue();
    for (const [number, channel] of [
      [1, "a"],
      [2, "a"],
      [3, "b"],
    ] as const)
      queue.add(event(number, channel));
    const first = take(queue);
    expect(numbersOf(first)).toEqual([1]);
    expect(numbersOf(queue.next(1))).toEqual([3]);
    expect(queue.next(1)).toBeUndefined();
    queue.finish(first);
    expect(numbersOf(queue.next(1))).toEqual([2]);
  });

  test("with batching is what there is, in order, and of a channel all or its beginning", () => {
    const queue = new EndpointQueue();
    for (const [number, channel] of [
      [1, "b"],
      [2, "a"],
      [3, "b"],
      [4, "a"],
    ] as const)
      queue.add(event(number, channel));
    expect(numbersOf(queue.next(3))).toEqual([1, 2, 3]);
    expect(queue.next(3)).toBeUndefined();
  });

  test("is what waits to be tried again, once its time has come, before anything new", () => {
    const queue = new EndpointQueue();
    queue.add(event(1, "a"));
    const failed = take(queue);
    queue.add(event(2, "a"));
    queue.add(event(3, "b"));
    queue.tryAgain(failed);
    expect(queue.next(1)).toBe(failed);
    expect(numbersOf(queue.next(1))).toEqual([3]);
  });
});

describe("a channel with more than its share of memory", () => {
  function crowded(): EndpointQueue {
    const queue = new EndpointQueue();
    for (let number = 1; number <= 200; number++) expect(queue.add(event(number))).toBe("held");
    expect(queue.add(event(201))).toBe("left");
    return queue;
  }

  /** Sends whatever there is. */
  function empty(queue: EndpointQueue): number[] {
    const sent: number[] = [];
    for (let next = queue.next(1); next; next = queue.next(1)) {
      sent.push(...(numbersOf(next) ?? []));
      queue.finish(next);
    }
    return sent;
  }

  test("leaves the rest on disk, lets others in, and asks for the rest when it has run out", () => {
    const queue = crowded();
    expect(queue.add(event(202, "b"))).toBe("held");
    expect(queue.takeHungry()).toBeUndefined();
    expect(empty(queue)).toHaveLength(201);
    expect(queue.takeHungry()).toEqual({ channel: "a", afterId: "000200", most: 200 });
    queue.feed("a", [event(201)], true);
    expect(empty(queue)).toEqual([201]);
    expect(queue.add(event(203))).toBe("held");
  });

  test("takes nothing past what is being read for it", () => {
    const queue = crowded();
    empty(queue);
    queue.takeHungry();
    // Written after the reading began: not among what was read, and not to overtake it.
    expect(queue.add(event(202))).toBe("left");
    expect(queue.next(1)).toBeUndefined();
    queue.feed("a", [event(201)], true);
    expect(empty(queue)).toEqual([201]);
    expect(queue.takeHungry()).toEqual({ channel: "a", afterId: "000201", most: 200 });
  });

  test("asks again when what was read was not all, and when nothing could be read", () => {
    const queue = crowded();
    empty(queue);
    queue.takeHungry();
    queue.feed("a", [], false);
    expect(queue.takeHungry()).toMatchObject({ afterId: "000200" });
  });
});

test("what has no room in the whole is left for later", () => {
  const queue = new EndpointQueue();
  for (let number = 1; number <= 2_000; number++) queue.add(event(number, `c${number}`));
  expect(queue.isFull).toBe(true);
  expect(queue.add(event(2_001))).toBe("full");
  queue.finish(take(queue));
  expect(queue.add(event(2_001))).toBe("held");
});

describe("what another process has tried", () => {
  const tried = { attempts: 3, batchId: "batch" } as const;

  test("goes in one request again, once its time has come, and before its channels' later events", () => {
    const queue = new EndpointQueue();
    const delivery = queue.restore(event(1, "a", tried));
    if (typeof delivery !== "object") throw new Error("no delivery");
    expect(queue.restore(event(2, "b", tried))).toBe("held");
    queue.add(event(3, "a"));
    queue.add(event(4, "c"));
    expect(numbersOf(queue.next(1))).toEqual([4]);
    expect(queue.next(1)).toBeUndefined();
    queue.tryAgain(delivery);
    expect(queue.next(1)).toBe(delivery);
    expect(delivery).toMatchObject({ batchId: "batch", attempts: 3 });
    expect(numbersOf(delivery)).toEqual([1, 2]);
    queue.finish(delivery);
    expect(numbersOf(queue.next(1))).toEqual([3]);
  });

  test("goes by itself when the rest of its request is under way already", () => {
    const queue = new EndpointQueue();
    const delivery = queue.restore(event(1, "a", tried));
    if (typeof delivery !== "object") throw new Error("no delivery");
    queue.tryAgain(delivery);
    const late = event(2, "a", tried);
    expect(queue.restore(late)).toBeUndefined();
    expect(queue.add(late)).toBe("held");
    expect(queue.next(1)).toBe(delivery);
    expect(queue.next(1)).toBeUndefined();
    queue.finish(delivery);
    expect(numbersOf(queue.next(1))).toEqual([2]);
  });
});
