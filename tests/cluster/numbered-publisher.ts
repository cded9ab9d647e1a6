import { randomUUID } from "node:crypto";
import { Api } from "../support/api.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";
import { within } from "../support/time-limit.ts";

const ANSWER_MS = 5_000;
const PATIENCE_MS = 30_000;

/** Numbers the events of each channel, and sends each by way of another node; again, under its key, where that one died. */
export class NumberedPublisher {
  readonly #nodes: () => readonly TestServer[];
  readonly #paceMs: number;
  readonly #numbers: Map<string, number>;
  #turn = 0;
  #isPaused = true;
  #running: Promise<unknown> = Promise.resolve();
  /** Requests that were sent again. */
  repeated = 0;

  constructor(channels: readonly string[], nodes: () => readonly TestServer[], paceMs: number) {
    this.#nodes = nodes;
    this.#paceMs = paceMs;
    this.#numbers = new Map(channels.map((channel) => [channel, 0]));
  }

  /** The last number that was sent on a channel. */
  last(channel: string): number {
    return this.#numbers.get(channel) ?? 0;
  }

  /** Goes on sending on all channels, on each one number after the other. */
  start(): void {
    this.#isPaused = false;
    this.#running = Promise.all([...this.#numbers.keys()].map((channel) => this.#run(channel)));
    // For whoever pauses.
    this.#running.catch(() => {});
  }

  /** Resolves when everything that was sent is answered; rejects where a number could not be sent. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#running;
  }

  async send(channel: string): Promise<void> {
    const number = this.last(channel) + 1;
    this.#numbers.set(channel, number);
    const key = randomUUID();
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (!(await this.#isTaken(channel, number, key))) {
      this.repeated++;
      if (performance.now() > deadlineMs) throw new Error(`nobody takes ${number} on ${channel}`);
      await Bun.sleep(this.#paceMs);
    }
  }

  async #run(channel: string): Promise<void> {
    while (!this.#isPaused) {
      await this.send(channel);
      await Bun.sleep(this.#paceMs);
    }
  }

  async #isTaken(channel: string, number: number, key: string): Promise<boolean> {
    const nodes = this.#nodes();
    const node = nodes[this.#turn++ % nodes.length];
    if (!node) return false;
    const api = new Api(`http://${node.host}:${node.port}`, TEST_APP);
    const request = {
      path: "/events",
      body: { name: "n", data: String(number), channels: [channel] },
      headers: { "idempotency-key": key },
    };
    const answer = within(ANSWER_MS, api.send(request), () => "no answer").catch(() => undefined);
    const status = (await answer)?.status;
    if (status !== undefined && status !== 200 && status !== 503) throw new Error(`answered ${status}`);
    return status === 200;
  }
}
