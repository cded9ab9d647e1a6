import type { SlowEnding, Target } from "../job.ts";
import { ClosedLoop } from "./closed-loop.ts";
import { DeliveryLedger } from "./delivery-ledger.ts";
import { EventDataReader, EventDataWriter } from "./event-data.ts";
import { openAll } from "./open-subscribers.ts";
import { Publisher } from "./publisher.ts";
import type { Seat, Subscriber } from "./subscriber.ts";

const SEAT: Seat = { channel: "bench", access: "public", userId: "" };
const IN_FLIGHT = 16;
const PATIENCE_MS = 3_000;

interface FloodSize {
  readonly events: number;
  readonly payloadBytes: number;
}

/** As many events as some subscribers can take, again and again, with a record of what each read of the latest flood. */
export class Flood {
  subscribers: readonly Subscriber[] = [];
  readonly publisher: Publisher;
  #records = new Map<Subscriber, ReadingRecord>();
  #awaited: ReadonlySet<Subscriber> = new Set();
  #ledger = new DeliveryLedger(0);
  #loop: ClosedLoop | null = null;
  readonly #size: FloodSize;
  readonly #writer: EventDataWriter;
  readonly #reader = new EventDataReader();

  static async prepare(target: Target, subscribers: number, size: FloodSize): Promise<Flood> {
    // One connection, so that the server gets the events in order and every hole or swap is the server's.
    const flood = new Flood(await Publisher.open(target, 1), size);
    flood.subscribers = await openAll(target, subscribers, () => SEAT, flood);
    return flood;
  }

  private constructor(publisher: Publisher, size: FloodSize) {
    this.publisher = publisher;
    this.#size = size;
    this.#writer = new EventDataWriter(size.payloadBytes);
  }

  /** Publishes as fast as the `awaited` subscribers receive, until they have everything or nothing more comes. */
  async run(awaited: readonly Subscriber[], onPublish: (number: number) => void): Promise<void> {
    this.#records = new Map(this.subscribers.map((subscriber) => [subscriber, new ReadingRecord()]));
    this.#awaited = new Set(awaited);
    this.#ledger = new DeliveryLedger(awaited.length);
    this.#loop = new ClosedLoop(this.publisher, this.#ledger, IN_FLIGHT, () => {
      const number = this.#ledger.publish();
      this.publisher.publish(SEAT.channel, this.#writer.write(number, 0));
      onPublish(number);
    });
    this.#loop.allow(this.#size.events);
    await this.#ledger.settle(PATIENCE_MS, this.#size.events);
  }

  delivered(subscriber: Subscriber, bytes: Uint8Array, at: number): void {
    const number = this.#reader.number(bytes, at);
    this.#records.get(subscriber)?.read(number);
    if (!this.#awaited.has(subscriber)) return;
    this.#ledger.deliver(number);
    this.#loop?.proceed();
  }

  /** Deliveries to the awaited subscribers that are missing, and subscribers whose events did not come in order. */
  countLost(): number {
    const missing = this.#size.events * this.#awaited.size - this.#ledger.deliveries;
    const disordered = [...this.#awaited].filter(
      (subscriber) => this.#records.get(subscriber)?.sawHole,
    ).length;
    return missing + disordered;
  }

  /** Waits until the server has ended the connection or has nothing more to say. */
  async readToTheEnd(subscriber: Subscriber): Promise<SlowEnding> {
    const record = this.#records.get(subscriber) ?? new ReadingRecord();
    let seen = -1;
    let seenAt = 0;
    while (!subscriber.hasEnded) {
      if (record.events !== seen) {
        seen = record.events;
        seenAt = performance.now();
      } else if (performance.now() - seenAt > PATIENCE_MS) break;
      await Bun.sleep(10);
    }
    return {
      eventsRead: record.events,
      sawHole: record.sawHole,
      closeCode: subscriber.closeCode,
      errorFrame: subscriber.errorFrame,
      ended: subscriber.hasEnded,
    };
  }
}

/** What one subscriber read of a flood, whose events are numbered from zero. */
class ReadingRecord {
  events = 0;
  sawHole = false;

  read(number: number): void {
    if (number !== this.events) this.sawHole = true;
    this.events++;
  }
}
