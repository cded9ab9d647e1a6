import { Api } from "../support/api.ts";
import type { AppCredentials } from "../support/sign.ts";
import { type Outcome, Subscribers } from "./subscribers.ts";

/** What is to become of a request. `either`: the secret is being revoked while it is on its way. */
type Expectation = "valid" | "either" | "revoked";

/** An app's own server and its clients, all with one secret. */
export interface Side {
  readonly api: Api;
  readonly subscribers: Subscribers;
  /** Of what is sent from now on. */
  expectation: Expectation;
}

export async function openSide(
  { host, port }: { readonly host: string; readonly port: number },
  app: AppCredentials,
  connections: number,
): Promise<Side> {
  const url = `ws://${host}:${port}/app/${app.key}?protocol=7`;
  return {
    api: new Api(`http://${host}:${port}`, app),
    subscribers: await Subscribers.connect(url, app, connections),
    expectation: "valid",
  };
}

interface Sent {
  readonly side: Side;
  expectation: Expectation;
}

export type Counts = Record<Outcome, number>;

const MOST_AT_ONCE = 50;

/**
 * Subscribes and publishes at a pace, on behalf of each side in turn, and counts what becomes of it.
 *
 * It goes on at its pace however slowly it is answered.
 */
export class SignedTraffic {
  sides: readonly Side[];
  readonly counts: Record<Expectation, Counts> = { valid: none(), either: none(), revoked: none() };
  readonly #pending = new Set<Sent>();
  readonly #perSecond: number;
  #rounds = 0;
  #failure: unknown;
  #isStopped = false;
  #waiting: { readonly rounds: number; readonly resolve: () => void }[] = [];
  #idle: (() => void) | undefined;
  readonly #startedAtMs = performance.now();

  /** @param perSecond rounds; in each there is one subscription and one event. */
  constructor(sides: readonly Side[], perSecond: number) {
    this.sides = sides;
    this.#perSecond = perSecond;
    void this.#run();
  }

  get rounds(): number {
    return this.#rounds;
  }

  /** Rounds a second so far. */
  get rate(): number {
    return this.#rounds / ((performance.now() - this.#startedAtMs) / 1000);
  }

  /** Resolves after so many more rounds. */
  more(rounds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ rounds: this.#rounds + rounds, resolve });
    return promise;
  }

  /** Also for what is on its way. */
  expect(side: Side, expectation: Expectation): void {
    side.expectation = expectation;
    for (const sent of this.#pending) if (sent.side === side) sent.expectation = expectation;
  }

  /** Ends the traffic; resolves when all of it was answered. Throws what went wrong other than a refusal. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#pending.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    for (const { subscribers } of this.sides) subscribers.close();
    if (this.#failure) throw this.#failure;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const due = Math.floor(((performance.now() - this.#startedAtMs) / 1000) * this.#perSecond);
      const some = Math.min(due - this.#rounds, MOST_AT_ONCE);
      for (let round = 0; round < some; round++) this.#round();
      await Bun.sleep(1);
    }
  }

  #round(): void {
    const side = this.sides[this.#rounds % this.sides.length];
    if (!side) throw new Error("nobody to send for");
    const channel = `private-${this.#rounds++}`;
    void this.#count(side, side.subscribers.subscribe(channel));
    void this.#count(side, publish(side, channel));
    this.#waiting = this.#waiting.filter(({ rounds, resolve }) => {
      if (rounds <= this.#rounds) resolve();
      return rounds > this.#rounds;
    });
  }

  async #count(side: Side, request: Promise<Outcome>): Promise<void> {
    const sent: Sent = { side, expectation: side.expectation };
    this.#pending.add(sent);
    try {
      const outcome = await request;
      this.counts[sent.expectation][outcome]++;
    } catch (error) {
      this.#failure ??= error;
    }
    this.#pending.delete(sent);
    if (this.#pending.size === 0) this.#idle?.();
  }
}

async function publish({ api }: Side, channel: string): Promise<Outcome> {
  const { status, text } = await api.post("/events", { name: "e", data: "{}", channels: [channel] });
  if (status === 200) return "accepted";
  if (status === 401) return "refused";
  throw new Error(`an event was answered with ${status}: ${text}`);
}

function none(): Counts {
  return { accepted: 0, refused: 0, interrupted: 0 };
}
