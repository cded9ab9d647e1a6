import { describe, expect, test } from "bun:test";
import type { Position } from "@usher/hub";
import fc from "fast-check";
import { EventOrder, type OrderStep, type Positioned } from "./event-order.ts";

const at = (serial: number, epoch = "a"): Position => ({ epoch, serial });
const event = (serial: number, epoch = "a"): Positioned<string> => ({
  position: at(serial, epoch),
  event: `${epoch}${serial}`,
});

function started(serial: number): EventOrder<string> {
  const order = new EventOrder<string>();
  order.start(at(serial));
  return order;
}

function receive(order: EventOrder<string>, serial: number, epoch = "a"): OrderStep<string> {
  return order.receive(at(serial, epoch), `${epoch}${serial}`);
}

const delivered = (step: OrderStep<string>) => step.deliver.map((positioned) => positioned.event);

describe("the order of one channel's events", () => {
  test("the next one is delivered, one that was there is dropped", () => {
    const order = started(4);
    expect(delivered(receive(order, 5))).toEqual(["a5"]);
    expect(delivered(receive(order, 5))).toEqual([]);
    expect(delivered(receive(order, 3))).toEqual([]);
    expect(delivered(receive(order, 6))).toEqual(["a6"]);
  });

  test("what comes before the copy waits for it, and what is in the copy is dropped", () => {
    const order = new EventOrder<string>();
    for (const serial of [3, 4, 5]) expect(receive(order, serial).deliver).toEqual([]);
    expect(delivered(order.start(at(4)))).toEqual(["a5"]);
  });

  test("what comes before the copy of an older epoch is dropped", () => {
    const order = new EventOrder<string>();
    receive(order, 9, "old");
    receive(order, 1);
    receive(order, 2);
    expect(delivered(order.start(at(1)))).toEqual(["a2"]);
  });

  test("behind a hole all wait until it is filled", () => {
    const order = started(1);
    const step = receive(order, 4);
    expect(step).toEqual({ deliver: [], fetchAfter: at(1) });
    expect(receive(order, 5)).toEqual({ deliver: [], fetchAfter: undefined });
    const filled = order.filled(step.fetchAfter as Position, at(4), [event(2), event(3), event(4)]);
    expect(delivered(filled)).toEqual(["a2", "a3", "a4", "a5"]);
  });

  test("what is not kept any more is gone past, once", () => {
    const order = started(1);
    const { fetchAfter } = receive(order, 9);
    const filled = order.filled(fetchAfter as Position, at(9), [event(8), event(9)]);
    expect([delivered(filled), filled.fetchAfter]).toEqual([["a8", "a9"], undefined]);
    const next = receive(order, 20);
    const empty = order.filled(next.fetchAfter as Position, at(9), []);
    expect([delivered(empty), empty.fetchAfter]).toEqual([["a20"], undefined]);
  });

  test("what cannot be fetched is gone past", () => {
    const order = started(1);
    const { fetchAfter } = receive(order, 4);
    receive(order, 5);
    expect(delivered(order.unfillable(fetchAfter as Position))).toEqual(["a4", "a5"]);
    expect(delivered(order.unfillable(fetchAfter as Position))).toEqual([]);
  });

  test("another epoch goes on from its first event, and one that began unseen is fetched", () => {
    const order = started(7);
    expect(delivered(receive(order, 1, "b"))).toEqual(["b1"]);
    const { fetchAfter, deliver } = receive(order, 3, "c");
    expect([deliver, fetchAfter]).toEqual([[], at(1, "b")]);
    const events = [1, 2, 3].map((serial) => event(serial, "c"));
    expect(delivered(order.filled(fetchAfter as Position, at(3, "c"), events))).toEqual(["c1", "c2", "c3"]);
  });

  test("the end of an epoch comes before the next one that was read", () => {
    const order = started(1);
    const { fetchAfter } = receive(order, 3);
    const filled = order.filled(fetchAfter as Position, at(1, "b"), [event(1, "b")]);
    expect(delivered(filled)).toEqual(["a3", "b1"]);
  });

  test("no more than a thousand wait", () => {
    const order = started(0);
    for (let serial = 2; serial <= 1_001; serial++) expect(receive(order, serial).deliver).toEqual([]);
    expect(receive(order, 1_002).deliver).toHaveLength(1_001);
    expect(order.heldCount).toBe(0);
  });

  test("however messages are lost and reads are late, every event that is kept comes once, in the order of Redis", () => {
    const steps = fc.array(
      fc.constantFrom(
        "publish",
        "publish",
        "publish",
        "arrive",
        "arrive",
        "cut",
        "read",
        "answer",
        "fail",
        "restart",
      ),
      { minLength: 10, maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (commands) => {
        const model = new Model();
        for (const command of commands) model[command]();
        model.settle();
        expect(model.delivered).toEqual([...model.delivered].sort((one, other) => one - other));
        expect(new Set(model.delivered).size).toBe(model.delivered.length);
        expect(model.deliveredOfLastEpoch).toEqual(model.kept.map(({ event: id }) => id));
      }),
      { numRuns: 3_000 },
    );
  });
});

interface Fetch {
  readonly asked: Position;
  read: { readonly upTo: Position; readonly events: readonly Positioned<number>[] } | undefined;
}

/** One node, the Redis that it listens to, and what is on its way between them. Events are numbered as they were published. */
class Model {
  readonly delivered: number[] = [];
  /** What Redis has. */
  kept: Positioned<number>[] = [];
  #epoch = 0;
  #ids = 0;
  #onTheWay: Positioned<number>[] = [];
  #fetches: Fetch[] = [];
  readonly #order = new EventOrder<number>();

  constructor() {
    this.#follow(this.#order.start(this.#position));
  }

  get deliveredOfLastEpoch(): number[] {
    const first = this.kept[0]?.event ?? Number.POSITIVE_INFINITY;
    return this.delivered.filter((id) => id >= first);
  }

  publish(): void {
    const { epoch, serial } = this.#position;
    const positioned = { position: { epoch, serial: serial + 1 }, event: ++this.#ids };
    this.kept.push(positioned);
    this.#onTheWay.push(positioned);
  }

  arrive(): void {
    const next = this.#onTheWay.shift();
    if (next) this.#follow(this.#order.receive(next.position, next.event));
  }

  /** The subscription is lost with all that is on its way, and comes back. */
  cut(): void {
    this.#onTheWay = [];
    this.#follow(this.#order.resume());
  }

  /** Redis reads for the oldest question that it has not looked at. */
  read(): void {
    const fetch = this.#fetches.find(({ read }) => !read);
    if (!fetch) return;
    const { asked } = fetch;
    const upTo = this.#position;
    const after = asked.epoch === upTo.epoch ? asked.serial : 0;
    fetch.read = { upTo, events: this.kept.filter(({ position }) => position.serial > after) };
  }

  answer(): void {
    const index = this.#fetches.findIndex(({ read }) => read);
    const [fetch] = index < 0 ? [] : this.#fetches.splice(index, 1);
    if (fetch?.read) this.#follow(this.#order.filled(fetch.asked, fetch.read.upTo, fetch.read.events));
  }

  /** What was asked does not come, which means that the link was lost, too. */
  fail(): void {
    const fetch = this.#fetches.shift();
    if (!fetch) return;
    this.#onTheWay = [];
    this.#fetches = [];
    // The next one is asked for before anything is given up: a link is lost first.
    this.cut();
    this.#follow(this.#order.unfillable(fetch.asked));
  }

  /** Redis begins without memory. All that was on its way and was read before is lost with the link. */
  restart(): void {
    this.#epoch++;
    this.kept = [];
    this.#fetches = [];
    this.cut();
  }

  settle(): void {
    this.cut();
    while (this.#onTheWay.length + this.#fetches.length > 0) {
      this.arrive();
      this.read();
      this.answer();
    }
  }

  get #position(): Position {
    return { epoch: String(this.#epoch), serial: this.kept.length };
  }

  #follow({ deliver, fetchAfter }: OrderStep<number>): void {
    this.delivered.push(...deliver.map(({ event: id }) => id));
    if (fetchAfter) this.#fetches.push({ asked: fetchAfter, read: undefined });
  }
}
