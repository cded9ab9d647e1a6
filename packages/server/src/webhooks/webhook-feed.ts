import type { App, Note } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import type { Clock } from "./clock.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import type { EndpointDirectory, Interest } from "./endpoint-directory.ts";
import type { WebhookEvent, WebhookEventType } from "./event-types.ts";
import type { Outbox } from "./outbox.ts";

/** A channel, or with `userId` a member of it. */
export interface Presence {
  readonly appId: string;
  readonly channel: ChannelName;
  readonly userId: string | undefined;
}

export interface WebhookFeedOptions {
  readonly endpoints: Pick<EndpointDirectory, "interestOf">;
  readonly outbox: Pick<Outbox, "owe">;
  readonly clock: Pick<Clock, "now">;
  /** Is somebody on this channel right now, or is this user a member of it? */
  readonly isHere: (presence: Presence) => boolean;
}

/** How long a channel or a member may be away without receivers hearing of it: about what reloading a page takes. */
const GRACE_MS = 3_000;
/**
 * The same for what was there when a server ended. pusher-js, when it finds nobody listening, comes back after about 15
 * seconds.
 */
const RESTART_GRACE_MS = 30_000;

/**
 * Turns what happens on channels into webhook events.
 *
 * It is asked on hot paths, so an app without endpoints costs one look into a map. Coming is told at once, leaving after a
 * grace; whoever is back within it has never left, and neither is told.
 */
export class WebhookFeed {
  readonly #options: WebhookFeedOptions;
  /** What has left and when that is to be told, the first due first. */
  readonly #leaving = new Map<string, Leaving>();
  /** What was there when its server ended, and has not been seen since. */
  readonly #missing = new Map<string, Leaving>();

  constructor(options: WebhookFeedOptions) {
    this.#options = options;
  }

  onNote(app: App, note: Note): void {
    switch (note.kind) {
      case "occupied":
        this.#came({ appId: app.id, channel: note.channel, userId: undefined });
        break;
      case "memberAdded":
        this.#came({ appId: app.id, channel: note.channel, userId: note.userId });
        break;
      case "vacated":
        this.#left({ appId: app.id, channel: note.channel, userId: undefined });
        break;
      case "memberRemoved":
        this.#left({ appId: app.id, channel: note.channel, userId: note.userId });
        break;
      case "clientEvent":
        this.#clientEvent(app.id, note);
        break;
      case "cacheMiss":
        this.#cacheMiss(app.id, note.channel);
        break;
      case "subscriptionCount":
        this.#count(app.id, note.channel, note.count);
        break;
      default:
    }
  }

  /** Takes over what receivers were told by a server that is no more: it counts as leaving from now on. */
  adopt(presences: readonly Presence[]): void {
    const dueMs = this.#options.clock.now() + RESTART_GRACE_MS;
    for (const presence of membersFirst(presences)) {
      if (!this.#options.isHere(presence)) this.#missing.set(keyOf(presence), { presence, dueMs });
    }
  }

  /**
   * Tells what receivers have not heard because it could not be kept.
   *
   * @param told what they take for being there.
   * @param here what is there, in apps that have endpoints.
   */
  reconcile(told: readonly Presence[], here: Iterable<Presence>): void {
    const known = new Set(told.map(keyOf));
    for (const presence of membersFirst(told)) {
      if (!this.#options.isHere(presence)) this.#tellLeft(presence);
    }
    for (const presence of here) {
      const interest = this.#following(presence);
      if (interest && !known.has(keyOf(presence))) this.#tellCame(presence, interest);
    }
  }

  /** Tells what is due. Call it a few times a second. */
  sweep(): void {
    const nowMs = this.#options.clock.now();
    this.#sweep(this.#leaving, nowMs);
    this.#sweep(this.#missing, nowMs);
  }

  #came(presence: Presence): void {
    const interest = this.#following(presence);
    if (!interest) return;
    const key = keyOf(presence);
    if (this.#leaving.delete(key) || this.#missing.delete(key)) return;
    this.#tellCame(presence, interest);
  }

  #left(presence: Presence): void {
    if (!this.#following(presence)) return;
    this.#leaving.set(keyOf(presence), { presence, dueMs: this.#options.clock.now() + GRACE_MS });
  }

  #sweep(leaving: Map<string, Leaving>, nowMs: number): void {
    for (const [key, { presence, dueMs }] of leaving) {
      if (dueMs > nowMs) return;
      leaving.delete(key);
      this.#tellLeft(presence);
    }
  }

  #tellCame(presence: Presence, interest: Interest): void {
    const { channel, userId } = presence;
    const event: WebhookEvent =
      userId === undefined
        ? { name: "channel_occupied", channel }
        : { name: "member_added", channel, user_id: userId };
    const endpoints = interest.endpointsFor(event.name, channel);
    this.#options.outbox.owe(endpoints, event, { ...presence, isHere: true });
  }

  /** Also where nobody listens any more: that it is gone has to be known once somebody does. */
  #tellLeft(presence: Presence): void {
    const { appId, channel, userId } = presence;
    const event: WebhookEvent =
      userId === undefined
        ? { name: "channel_vacated", channel }
        : { name: "member_removed", channel, user_id: userId };
    const endpoints = this.#endpointsFor(appId, event.name, channel);
    this.#options.outbox.owe(endpoints, event, { ...presence, isHere: false });
  }

  #clientEvent(appId: string, note: Extract<Note, { kind: "clientEvent" }>): void {
    const { channel, event, data, userId, connection } = note;
    const endpoints = this.#endpointsFor(appId, "client_event", channel);
    if (endpoints.length === 0) return;
    const socket_id = connection.socketId;
    const sender = userId === undefined ? {} : { user_id: userId };
    this.#options.outbox.owe(endpoints, { name: "client_event", channel, event, data, socket_id, ...sender });
  }

  #cacheMiss(appId: string, channel: ChannelName): void {
    const endpoints = this.#endpointsFor(appId, "cache_miss", channel);
    if (endpoints.length > 0) this.#options.outbox.owe(endpoints, { name: "cache_miss", channel });
  }

  #count(appId: string, channel: ChannelName, subscription_count: number): void {
    const endpoints = this.#endpointsFor(appId, "subscription_count", channel);
    if (endpoints.length === 0) return;
    this.#options.outbox.owe(endpoints, { name: "subscription_count", channel, subscription_count });
  }

  #endpointsFor(appId: string, type: WebhookEventType, channel: string): readonly WebhookEndpoint[] {
    return this.#options.endpoints.interestOf(appId)?.endpointsFor(type, channel) ?? NONE;
  }

  #following({ appId, channel, userId }: Presence): Interest | undefined {
    const interest = this.#options.endpoints.interestOf(appId);
    return interest?.follows(userId === undefined ? EXISTENCE : MEMBERSHIP, channel) ? interest : undefined;
  }
}

interface Leaving {
  readonly presence: Presence;
  readonly dueMs: number;
}

const NONE: readonly WebhookEndpoint[] = [];
const EXISTENCE = ["channel_occupied", "channel_vacated"] as const;
const MEMBERSHIP = ["member_added", "member_removed"] as const;

/** In the order in which a channel empties. */
function membersFirst(presences: readonly Presence[]): Presence[] {
  return presences.toSorted((a, b) => Number(a.userId === undefined) - Number(b.userId === undefined));
}

/** Ids of apps and names of channels hold no newline, so this is unambiguous whatever a user id holds. */
function keyOf({ appId, channel, userId }: Presence): string {
  return userId === undefined ? `${appId}\n${channel}` : `${appId}\n${channel}\n${userId}`;
}
