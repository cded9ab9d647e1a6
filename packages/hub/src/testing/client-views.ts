import { expect } from "bun:test";
import type { ServerMessage } from "@usher/protocol";
import type { Connection } from "../connection.ts";
import type { Effect, Note } from "../effect.ts";

/**
 * What clients believe from the frames they get, and nothing else. It carries effects out as the server would, and
 * protests when one contradicts those before: a member who is added twice, a channel that is vacated and was never
 * occupied, a wrong number of receivers.
 */
export class ClientViews {
  readonly #topics = new Map<string, Set<Connection>>();
  readonly #members = new Map<Connection, Map<string, Set<string>>>();
  readonly #watched = new Map<Connection, Map<string, boolean>>();
  /** Channels that are occupied and members who are present, as the notes tell it. */
  readonly #open = new Set<string>();

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#apply(effect);
  }

  /** A socket that ends leaves all topics by itself, before the hub hears of it. */
  disconnect(connection: Connection): void {
    for (const topic of this.#topics.values()) topic.delete(connection);
    this.#members.delete(connection);
    this.#watched.delete(connection);
  }

  /** The members of a channel as one of its subscribers knows them. */
  membersFor(connection: Connection, channel: string): string[] {
    return [...(this.#members.get(connection)?.get(channel) ?? [])].sort();
  }

  /** The users whom a connection takes to be online, of those it watches. */
  onlineFor(connection: Connection): string[] {
    const watched = this.#watched.get(connection) ?? new Map<string, boolean>();
    return [...watched].filter(([, isOnline]) => isOnline).map(([userId]) => userId);
  }

  /** Whose sockets get what is published on a channel. */
  receiversOn(channel: string): ReadonlySet<Connection> {
    return this.#topicOf(channel);
  }

  /** How many channels are occupied and members present, going by the notes. */
  get openSpells(): number {
    return this.#open.size;
  }

  #apply(effect: Effect): void {
    switch (effect.kind) {
      case "join":
        this.#topicOf(effect.channel).add(effect.connection);
        break;
      case "leave":
        this.#topicOf(effect.channel).delete(effect.connection);
        this.#members.get(effect.connection)?.delete(effect.channel);
        break;
      case "send":
        this.#receive(effect.to, effect.message);
        break;
      case "publish":
        this.#deliver(effect);
        break;
      case "note":
        this.#hear(effect.note);
    }
  }

  #deliver({ channel, message, except, receivers }: Extract<Effect, { kind: "publish" }>): void {
    const present = [...this.#topicOf(channel)].filter((connection) => connection !== except);
    expect(present).toHaveLength(receivers);
    for (const connection of present) this.#receive(connection, message);
  }

  #receive(connection: Connection, message: ServerMessage): void {
    switch (message.kind) {
      case "subscriptionSucceeded": {
        if (!message.members) break;
        const ids = message.members.map(({ userId }) => userId);
        expect(new Set(ids).size).toBe(ids.length);
        this.#viewsOf(connection).set(message.channel, new Set(ids));
        break;
      }
      case "memberAdded": {
        const view = this.#viewsOf(connection).get(message.channel);
        expect(view?.has(message.member.userId)).toBe(false);
        view?.add(message.member.userId);
        break;
      }
      case "memberRemoved":
        expect(this.#viewsOf(connection).get(message.channel)?.delete(message.userId)).toBe(true);
        break;
      case "watchlistEvents":
        for (const userId of message.online) this.#see(connection, userId, true);
        for (const userId of message.offline) this.#see(connection, userId, false);
    }
  }

  #see(connection: Connection, userId: string, isOnline: boolean): void {
    const watched = this.#watched.get(connection) ?? new Map<string, boolean>();
    this.#watched.set(connection, watched.set(userId, isOnline));
  }

  #hear(note: Note): void {
    switch (note.kind) {
      case "occupied":
        this.#begin(`channel ${note.channel}`);
        break;
      case "vacated":
        this.#end(`channel ${note.channel}`);
        break;
      case "memberAdded":
        this.#begin(`member ${note.channel} ${note.userId}`);
        break;
      case "memberRemoved":
        this.#end(`member ${note.channel} ${note.userId}`);
    }
  }

  #begin(spell: string): void {
    expect([spell, this.#open.has(spell)]).toEqual([spell, false]);
    this.#open.add(spell);
  }

  #end(spell: string): void {
    expect([spell, this.#open.delete(spell)]).toEqual([spell, true]);
  }

  #topicOf(channel: string): Set<Connection> {
    const topic = this.#topics.get(channel) ?? new Set();
    this.#topics.set(channel, topic);
    return topic;
  }

  #viewsOf(connection: Connection): Map<string, Set<string>> {
    const views = this.#members.get(connection) ?? new Map<string, Set<string>>();
    this.#members.set(connection, views);
    return views;
  }
}
