import { resume } from "@usher/pusher-js";
import Pusher, { type Channel } from "pusher-js";
import { eventOf, stateOf, subscribed } from "../clients/events.ts";
import { TEST_APP } from "../support/server.ts";
import { within } from "../support/time-limit.ts";

/** Numbers, and the reasons of gaps, in the order in which they came. */
export type Seen = readonly (number | string)[];

/** Follows numbered events, as a page with the plug-in does. */
export class Follower {
  readonly #client: Pusher;
  readonly #seen = new Map<string, (number | string)[]>();
  #onSeen = () => {};
  /** How often it was connected. */
  connections = 0;

  constructor({ host, port }: { readonly host: string; readonly port: number }) {
    this.#client = new Pusher(TEST_APP.key, {
      cluster: "",
      wsHost: host,
      wsPort: port,
      forceTLS: false,
      enabledTransports: ["ws", "wss"],
    });
    this.#client.connection.bind("connected", () => this.connections++);
    // They are cut off far more often than anybody in the world, and need not get more patient each time.
    resume(this.#client, { backOff: { maxMs: 1_000 } });
  }

  get channels(): readonly string[] {
    return [...this.#seen.keys()];
  }

  get isSubscribedToAll(): boolean {
    return this.channels.every((name) => this.#client.channel(name).subscribed);
  }

  async follow(name: string): Promise<void> {
    const channel: Channel = this.#client.subscribe(name);
    const seen: (number | string)[] = [];
    this.#seen.set(name, seen);
    const note = (what: number | string) => {
      seen.push(what);
      this.#onSeen();
    };
    channel.bind("n", note);
    channel.bind("usher:gap", ({ reason }: { reason: string }) => note(reason));
    await subscribed(channel);
  }

  seen(channel: string): Seen {
    return this.#seen.get(channel) ?? [];
  }

  /** Resolves once all of this was seen on the channel, and more perhaps. */
  async has(channel: string, all: readonly (number | string)[], timeoutMs: number): Promise<void> {
    const lacking = () => all.filter((each) => !this.seen(channel).includes(each));
    const { promise, resolve } = Promise.withResolvers<void>();
    const last = all.at(-1);
    this.#onSeen = () => {
      if ((last === undefined || this.seen(channel).includes(last)) && lacking().length === 0) resolve();
    };
    this.#onSeen();
    const describe = () =>
      `${this.#client.connection.state} client lacks ${lacking()} on ${channel}; the last were ${this.seen(channel).slice(-5)}`;
    await within(timeoutMs, promise, describe);
  }

  /** Resolves once it is connected. */
  connected(timeoutMs: number): Promise<void> {
    return stateOf(this.#client, "connected", timeoutMs);
  }

  /** Resolves once it is connected and on all its channels. */
  async subscribedToAll(timeoutMs: number): Promise<void> {
    await this.connected(timeoutMs);
    await Promise.all(this.channels.map((name) => subscribed(this.#client.channel(name))));
  }

  /** Resolves once it has lost its connection and is on all its channels again. */
  async returns(timeoutMs: number): Promise<void> {
    await eventOf(this.#client.connection, "connecting", timeoutMs);
    await this.subscribedToAll(timeoutMs);
  }

  close(): void {
    this.#client.disconnect();
  }
}
