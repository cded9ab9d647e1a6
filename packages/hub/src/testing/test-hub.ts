import {
  type ChannelName,
  type ClientMessage,
  channelStringToSign,
  type ErrorCode,
  formatAuthValue,
  type Member,
  type ResumeRequest,
  type SocketId,
  userOfChannel,
  userStringToSign,
} from "@usher/protocol";
import { EXAMPLE_APP, hmacHex } from "@usher/protocol/testing";
import { type App, type AppSettings, DEFAULT_APP_SETTINGS } from "../app.ts";
import type { AppState } from "../app-state.ts";
import type { Admitted } from "../connect.ts";
import type { Connection } from "../connection.ts";
import type { ConnectRequest } from "../connection-info.ts";
import type { Effect } from "../effect.ts";
import type { CachedEvent } from "../event-cache.ts";
import { Hub } from "../hub.ts";
import type { CarriedEvent, Here, HistoryCopy, Place } from "../place.ts";
import type { Restriction } from "../restrictions.ts";
import type { GrantScope } from "../revoke-grants.ts";

export function testApp(settings: Partial<AppSettings> = {}, more: Partial<App> = {}): App {
  const { id, key, secret } = EXAMPLE_APP;
  return {
    id,
    name: "Test",
    enabled: true,
    keys: [{ key, secrets: [{ id: "secret-1", value: secret }] }],
    settings: { ...DEFAULT_APP_SETTINGS, ...settings },
    restrictions: [],
    ...more,
  };
}

/** What a client sends to join a channel, where the defaults do not do. */
interface Ticket {
  readonly channelData?: string;
  /** In the place of the right one. */
  readonly auth?: string;
  readonly resume?: ResumeRequest;
}

interface TestHubOptions {
  readonly maxConnections?: number;
  readonly isClustered?: boolean;
  /** The first random numbers; counted up after them. */
  readonly random?: readonly number[];
}

/**
 * A hub with one app, a clock that the test turns, and clients with names. Every action gives its effects as lines that
 * a person can read; see `lines`.
 */
export class TestHub {
  readonly hub: Hub;
  app: App;
  nowMs = 1_700_000_000_000;
  /** What the app's own server signs with. */
  signingSecret: string = EXAMPLE_APP.secret;
  /** How many signatures the hub has computed. */
  signatures = 0;
  /** Gets the effects of every action as they are. */
  onEffects: (effects: readonly Effect[]) => void = () => {};
  readonly #names = new Map<Connection, string>();
  #lastRandom = 0;

  constructor(settings: Partial<AppSettings> = {}, options: TestHubOptions = {}) {
    this.app = testApp(settings);
    const random = [...(options.random ?? [])];
    this.hub = new Hub({
      findAppByKey: (key) =>
        this.app.keys.some((candidate) => candidate.key === key) ? this.app : undefined,
      hmacHex: (secret, text) => {
        this.signatures++;
        return hmacHex(secret, text);
      },
      random: () => random.shift() ?? ++this.#lastRandom / 1_000_000_000,
      maxConnections: options.maxConnections ?? null,
      isClustered: options.isClustered ?? false,
    });
  }

  get state(): AppState {
    return this.hub.stateFor(this.app);
  }

  /** A client that the hub accepts, and how it is greeted. */
  admit(request: RequestDetails = {}): Admitted {
    const admitted = this.hub.connect(connectRequest(request), this.nowMs);
    if (!admitted.ok) throw new Error(`refused: ${admitted.error.message}`);
    return admitted.value;
  }

  /** A client that the hub accepts, by name. */
  connect(name: string, request: RequestDetails = {}): Connection {
    const { connection } = this.admit(request);
    this.#names.set(connection, name);
    return connection;
  }

  /** The code with which the hub refuses a client. */
  refusal(request: RequestDetails = {}): ErrorCode | undefined {
    const admitted = this.hub.connect(connectRequest(request), this.nowMs);
    return admitted.ok ? undefined : admitted.error.code;
  }

  receive(from: Connection, message: ClientMessage): string[] {
    return this.lines(this.hub.receive(from, message, this.nowMs));
  }

  /** Subscribes with a signature of the app's own, unless the ticket has another. */
  subscribe(connection: Connection, channel: string, ticket: Ticket = {}): string[] {
    const { channelData, resume } = ticket;
    const auth = ticket.auth ?? this.authFor(connection, channel, channelData);
    return this.receive(connection, {
      kind: "subscribe",
      channel,
      auth,
      channelData,
      ...(resume ? { resume } : {}),
    });
  }

  /** What the app's own server answers when it is asked for a signature. */
  authFor(connection: Connection, channel: string, channelData?: string): string {
    const stringToSign = channelStringToSign(connection.socketId, channel, channelData);
    return formatAuthValue(EXAMPLE_APP.key, hmacHex(this.signingSecret, stringToSign));
  }

  /** Joins a presence channel as a user. */
  enter(connection: Connection, channel: string, userId: string, userInfo?: unknown): string[] {
    return this.subscribe(connection, channel, {
      channelData: JSON.stringify({ user_id: userId, user_info: userInfo }),
    });
  }

  unsubscribe(connection: Connection, channel: string): string[] {
    return this.receive(connection, { kind: "unsubscribe", channel });
  }

  signIn(connection: Connection, user: { readonly id: string; readonly [more: string]: unknown }): string[] {
    const userData = JSON.stringify(user);
    const signature = hmacHex(this.signingSecret, userStringToSign(connection.socketId, userData));
    return this.receive(connection, {
      kind: "signin",
      auth: formatAuthValue(EXAMPLE_APP.key, signature),
      userData,
    });
  }

  clientEvent(connection: Connection, channel: string, data = "{}", event = "client-x"): string[] {
    return this.receive(connection, { kind: "clientEvent", event, channel, data });
  }

  trigger(channels: readonly string[], data = "{}", except?: Connection | SocketId): string[] {
    const exceptSocketId = typeof except === "object" ? except.socketId : except;
    const event = { event: "e", data, channels: channels as readonly ChannelName[], exceptSocketId };
    return this.lines(this.hub.trigger(this.app, event, this.nowMs));
  }

  disconnect(connection: Connection): string[] {
    return this.lines(this.hub.disconnect(connection, this.nowMs));
  }

  sweep(afterMs = 0): string[] {
    this.nowMs += afterMs;
    return this.lines(this.hub.sweep(this.nowMs));
  }

  /** Changes the app as the directory would: a new snapshot, and then the hub is told. */
  change(settings: Partial<AppSettings>, more: Partial<App> = {}): string[] {
    const before = this.app;
    this.app = { ...before, ...more, settings: { ...before.settings, ...settings } };
    return this.lines(this.hub.appChanged(before, this.app));
  }

  cutOff(...secretIds: string[]): string[] {
    return this.lines(this.hub.cutOff(this.app, new Set(secretIds), this.nowMs).effects);
  }

  revoke(scope: Partial<Record<keyof GrantScope, string>>, reason: string | null = null): string[] {
    const whole = { channel: null, userId: null, socketId: null, ...scope } as GrantScope;
    return this.lines(this.hub.revokeGrants(this.app, whole, reason, this.nowMs).effects);
  }

  /** Adds a restriction as the directory and whoever listens to it would. */
  restrict(restriction: Restriction): string[] {
    const lines = this.change({}, { restrictions: [...this.app.restrictions, restriction] });
    return [...lines, ...this.lines(this.hub.enforce(this.app, restriction, this.nowMs).effects)];
  }

  /** What other nodes have at a place, as this one reads it when it begins to listen there, or reads again. */
  open(name: string, opened: OpenDetails = {}): string[] {
    const { subscriptions, members = {}, ...more } = opened;
    const elsewhere = {
      subscriptions: subscriptions ?? Object.keys(members).length,
      members: new Map(Object.entries(members).map(([userId, info]) => [userId, memberOf(userId, info)])),
    };
    const one = { place: placeOf(name), elsewhere, ...more };
    return this.lines(this.hub.placesOpened(this.app, [one], this.nowMs));
  }

  close(name: string): void {
    this.hub.placeClosed(this.app, placeOf(name));
  }

  /** What has changed on other nodes. */
  elsewhere(name: string, change: { subscriptions: number; added?: string[]; removed?: string[] }): string[] {
    const { subscriptions, added = [], removed = [] } = change;
    const told = { subscriptions, added: added.map((userId) => memberOf(userId)), removed };
    return this.lines(this.hub.elsewhereChanged(this.app, placeOf(name), told, this.nowMs));
  }

  /** An event arrives from another node, or comes back. */
  carried(name: string, data: string, more: Partial<CarriedEvent> = {}, serial?: number): string[] {
    const message = { kind: "event", event: "e", channel: name, data } as const;
    const isCached = name.includes("cache-");
    const place = placeOf(name);
    const event: CarriedEvent = {
      place,
      message,
      exceptSocketId: undefined,
      order: "any",
      isCached,
      ...more,
    };
    const position = serial === undefined ? undefined : { epoch: "shared", serial };
    return this.lines(this.hub.carried(this.app, event, position, this.nowMs));
  }

  here(name: string): Here {
    return this.hub.here(this.app.id, placeOf(name));
  }

  /**
   * Effects as lines: `ann <- kind {...}` is sent to her, `channel <- kind {...} to 2 but ann` is published, and the
   * others begin with their kind.
   */
  lines(effects: readonly Effect[]): string[] {
    this.onEffects(effects);
    return effects.map((effect) => this.#line(effect));
  }

  #line(effect: Effect): string {
    switch (effect.kind) {
      case "send":
        return `${this.#nameOf(effect.to)} <- ${printed(effect.message)}`;
      case "publish": {
        const except = effect.except ? ` but ${this.#nameOf(effect.except)}` : "";
        return `${effect.channel} <- ${printed(effect.message)} to ${effect.receivers}${except}`;
      }
      case "join":
      case "leave":
        return `${effect.kind} ${this.#nameOf(effect.connection)} ${effect.channel}`;
      case "ping":
        return `ping ${this.#nameOf(effect.connection)}`;
      case "close":
      case "closeSoon":
        return `${effect.kind} ${this.#nameOf(effect.connection)} ${effect.error.code}`;
      case "note":
        return `note ${this.#note(effect.note)}`;
      case "placeChanged":
        return `changed ${nameOf(effect.place)}`;
      case "carry": {
        const { message, order, isCached } = effect.event;
        return `carry ${order}${isCached ? " cached" : ""} ${printed(message)}`;
      }
    }
  }

  #note(note: Extract<Effect, { kind: "note" }>["note"]): string {
    const details = Object.entries(note).flatMap(([key, value]) => {
      // An event's data is in the line of the event.
      if (key === "kind" || key === "data" || value === undefined) return [];
      if (key === "connection") return [this.#nameOf(value as Connection)];
      if (Array.isArray(value)) return value.map(String);
      return [typeof value === "object" ? String((value as { code: string }).code) : String(value)];
    });
    return [note.kind, ...details].join(" ");
  }

  #nameOf(connection: Connection): string {
    return this.#names.get(connection) ?? connection.socketId;
  }
}

interface OpenDetails {
  /** As many as there are members, if it is not given. */
  readonly subscriptions?: number;
  /** By user id, their information. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cached?: CachedEvent | null;
  readonly history?: HistoryCopy;
}

interface RequestDetails {
  readonly key?: string;
  readonly protocol?: number | undefined;
  readonly client?: string;
  readonly version?: string;
  readonly pageOrigin?: string;
  readonly address?: string;
  readonly isTls?: boolean;
}

function connectRequest(details: RequestDetails): ConnectRequest {
  const protocol = "protocol" in details ? details.protocol : 7;
  return {
    handshake: {
      key: details.key ?? EXAMPLE_APP.key,
      protocol,
      client: details.client ?? "js",
      version: details.version ?? "8.6.0",
    },
    pageOrigin: details.pageOrigin,
    address: details.address ?? null,
    isTls: details.isTls ?? false,
  };
}

/** `user 10` is a user, and everything else a channel. */
export function placeOf(name: string): Place {
  const userId = name.startsWith("user ") ? name.slice("user ".length) : userOfChannel(name);
  return userId === undefined ? { kind: "channel", channel: name as ChannelName } : { kind: "user", userId };
}

function memberOf(userId: string, info?: unknown): Member {
  return { userId, userInfoJson: info === undefined ? undefined : JSON.stringify(info) };
}

function nameOf(place: Place): string {
  return place.kind === "channel" ? place.channel : `user ${place.userId}`;
}

function printed({ kind, ...message }: { readonly kind: string }): string {
  return Object.keys(message).length === 0 ? kind : `${kind} ${JSON.stringify(message)}`;
}
