import type { Connection, Effect } from "@usher/hub";
import type { ChannelName, ServerMessage } from "@usher/protocol";

/**
 * What the clients of one node believe from the frames they get, and nothing else. It protests when a frame contradicts
 * those before.
 */
export class ClientViews {
  readonly #protest: (what: string) => void;
  readonly #topics = new Map<ChannelName, Set<Connection>>();
  readonly #members = new Map<Connection, Map<string, Set<string>>>();
  readonly #watched = new Map<Connection, Map<string, boolean>>();

  constructor(protest: (what: string) => void) {
    this.#protest = protest;
  }

  apply(effect: Effect): void {
    switch (effect.kind) {
      case "join":
        this.#topic(effect.channel).add(effect.connection);
        break;
      case "leave":
        this.#topic(effect.channel).delete(effect.connection);
        this.#members.get(effect.connection)?.delete(effect.channel);
        break;
      case "send":
        this.#receive(effect.to, effect.message);
        break;
      case "publish": {
        const receivers = [...this.#topic(effect.channel)].filter((to) => to !== effect.except);
        if (receivers.length !== effect.receivers)
          this.#protest(`${effect.channel}: a wrong number of receivers`);
        for (const to of receivers) this.#receive(to, effect.message);
      }
    }
  }

  /** A socket that has ended has left all topics by itself. */
  gone(connection: Connection): void {
    for (const topic of this.#topics.values()) topic.delete(connection);
    this.#members.delete(connection);
    this.#watched.delete(connection);
  }

  /** By channel, who is there, as each connection that is on it believes; undefined for one that waits. */
  membersFor(connection: Connection, channel: string): ReadonlySet<string> | undefined {
    return this.#members.get(connection)?.get(channel);
  }

  isOn(connection: Connection, channel: ChannelName): boolean {
    return this.#topic(channel).has(connection);
  }

  /** By user id, whether the connection takes them to be online; undefined for one that has not been told. */
  watchedBy(connection: Connection): ReadonlyMap<string, boolean> | undefined {
    return this.#watched.get(connection);
  }

  *presenceViews(): Iterable<readonly [channel: string, members: ReadonlySet<string>]> {
    for (const channels of this.#members.values()) yield* channels;
  }

  #receive(connection: Connection, message: ServerMessage): void {
    switch (message.kind) {
      case "subscriptionSucceeded": {
        if (!message.members) break;
        const ids = message.members.map(({ userId }) => userId);
        if (new Set(ids).size !== ids.length) this.#protest(`${message.channel}: a list with somebody twice`);
        const channels = this.#members.get(connection) ?? new Map<string, Set<string>>();
        this.#members.set(connection, channels.set(message.channel, new Set(ids)));
        break;
      }
      case "memberAdded": {
        const members = this.#members.get(connection)?.get(message.channel);
        const { userId } = message.member;
        if (!members || members.has(userId))
          this.#protest(`${message.channel}: ${userId} added who is present`);
        members?.add(userId);
        break;
      }
      case "memberRemoved": {
        const wasThere = this.#members.get(connection)?.get(message.channel)?.delete(message.userId);
        if (!wasThere) this.#protest(`${message.channel}: ${message.userId} removed who is absent`);
        break;
      }
      case "watchlistEvents":
        this.#see(connection, message.online, true);
        this.#see(connection, message.offline, false);
        break;
      case "error":
      case "subscriptionError":
        this.#protest(`a refusal: ${message.message}`);
    }
  }

  #see(connection: Connection, userIds: readonly string[], isOnline: boolean): void {
    const watched = this.#watched.get(connection) ?? new Map<string, boolean>();
    this.#watched.set(connection, watched);
    for (const userId of userIds) {
      if (watched.get(userId) === isOnline) this.#protest(`${userId} comes or goes twice`);
      watched.set(userId, isOnline);
    }
  }

  #topic(channel: ChannelName): Set<Connection> {
    const topic = this.#topics.get(channel) ?? new Set();
    this.#topics.set(channel, topic);
    return topic;
  }
}
