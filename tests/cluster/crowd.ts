import type { TestServer } from "../support/server.ts";
import { within } from "../support/time-limit.ts";
import { type ClientPlan, type ClientSurroundings, PresentClient } from "./present-client.ts";

/** Clients all over a cluster, and what must be true of them together. */
export class Crowd {
  readonly #surroundings: Pick<ClientSurroundings, "choose" | "pauseMs">;
  readonly #isHeard: (client: PresentClient) => boolean;
  readonly #clients: PresentClient[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #fault = Promise.withResolvers<never>();
  readonly faults: string[] = [];

  /** @param isHeard false: the client's node is stopped or gone, so that nobody else can know of it. */
  constructor(
    surroundings: Pick<ClientSurroundings, "choose" | "pauseMs">,
    isHeard: (client: PresentClient) => boolean,
  ) {
    this.#surroundings = surroundings;
    this.#isHeard = isHeard;
    // For whoever waits for something; a fault that nobody waits through is found at the next wait.
    this.#fault.promise.catch(() => {});
  }

  /** Those that are there. */
  get clients(): readonly PresentClient[] {
    return this.#clients.filter(({ isGone }) => !isGone);
  }

  /** @param node the only one that this client ever goes to; any, where there is none. */
  add(plan: ClientPlan, node?: TestServer): PresentClient {
    const client: PresentClient = new PresentClient(`client ${this.#clients.length}`, plan, {
      ...this.#surroundings,
      ...(node ? { choose: () => Promise.resolve(node) } : {}),
      onFault: (fault) => this.#onFault(fault),
      onChange: () => this.#wake(),
    });
    this.#clients.push(client);
    return client;
  }

  /** Who is on a channel. */
  on(channel: string): readonly PresentClient[] {
    return this.clients.filter((client) => client.wants(channel) && this.#isHeard(client));
  }

  readonly usersOn = (channel: string): ReadonlySet<string> => {
    return new Set(this.on(channel).map(({ plan }) => plan.userId));
  };

  /** Every channel that somebody is on. */
  get channels(): ReadonlySet<string> {
    const heard = this.clients.filter((client) => this.#isHeard(client));
    return new Set(heard.flatMap((client) => [...client.wantedChannels]));
  }

  /** The longest that one of them was without a connection between two. */
  get longestAwayMs(): number {
    return Math.max(0, ...this.#clients.map(({ longestAwayMs }) => longestAwayMs));
  }

  /** Resolves once it is so; rejects at the first fault of any client. Looked at whenever a client has heard something. */
  async until(isSo: () => boolean, timeoutMs: number, describe: () => string): Promise<void> {
    if (this.faults.length > 0) await this.#fault.promise;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => isSo() && resolve();
    this.#waiting.add(look);
    try {
      look();
      await within(timeoutMs, Promise.race([promise, this.#fault.promise]), describe);
    } finally {
      this.#waiting.delete(look);
    }
  }

  /** Resolves once every client that can be heard has exactly what is true. */
  async agrees(timeoutMs: number): Promise<void> {
    await this.until(
      () => this.disagreement() === undefined,
      timeoutMs,
      () => this.disagreement() ?? "all agree",
    );
  }

  /** The first thing that a client has otherwise than it is. */
  disagreement(): string | undefined {
    for (const client of this.clients) {
      if (!client.node) return `${client.name} is not connected`;
      if (!this.#isHeard(client)) continue;
      const wrong = this.#wrongIn(client);
      if (wrong !== undefined) return `${client.name} on node ${client.node.pid}: ${wrong}`;
    }
    return undefined;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #wrongIn(client: PresentClient): string | undefined {
    if (!client.isSubscribedToAll) return "is not subscribed to all its channels";
    for (const channel of client.wantedChannels) {
      const wrong = channel.startsWith("presence-")
        ? differenceOf(client.members(channel) ?? NOBODY, this.usersOn(channel))
        : this.#wrongCount(client, channel);
      if (wrong !== undefined) return `${channel} has ${wrong}`;
    }
    return this.#wrongOnline(client);
  }

  #wrongCount(client: PresentClient, channel: string): string | undefined {
    const [told, is] = [client.count(channel), this.on(channel).length];
    return told === is ? undefined : `${told} subscriptions, and there are ${is}`;
  }

  #wrongOnline({ plan, online }: PresentClient): string | undefined {
    if (!plan.watchlist || plan.watchlist.length === 0) return undefined;
    if (!online) return "was not told who is online";
    const signedIn = this.clients.filter((client) => client.plan.watchlist && this.#isHeard(client));
    const ids = new Set(signedIn.map(({ plan: { userId } }) => userId));
    const wrong = differenceOf(online, new Set(plan.watchlist.filter((userId) => ids.has(userId))));
    return wrong && `online: ${wrong}`;
  }

  #onFault(fault: string): void {
    this.faults.push(fault);
    this.#fault.reject(new Error(fault));
    this.#wake();
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** What of it is wrong; undefined where nothing is. */
export function differenceOf(told: ReadonlySet<string>, is: ReadonlySet<string>): string | undefined {
  const [ghosts, missing] = [told.difference(is), is.difference(told)];
  if (ghosts.size + missing.size === 0) return undefined;
  return `ghosts [${[...ghosts].join()}], missing [${[...missing].join()}]`;
}
