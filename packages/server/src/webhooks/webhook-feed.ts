import type { App, Note } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import type { Clock } from "./clock.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import type { EndpointDirectory, Interest } from "./endpoint-directory.ts";
import type { WebhookEvent, WebhookEventType } from "./event-types.ts";
import type { Outbox } from "./outbox.ts";
import type { StateChange } from "./outbox-rows.ts";

/** A channel, or with `userId` a member of it. */
export interface Presence {
  readonly appId: string;
  readonly channel: ChannelName;
  readonly userId: string | undefined;
}

/** Is somebody on the channel, or is this user a member of it? Undefined while that cannot be known. */
export type Whereabouts = boolean | undefined;

/**
 * Where a presence is right now, on whichever node. A promise that rejects stands for undefined.
 *
 * "No" is taken for a fact and told, so a node that cannot be sure, cut off from the others or only just back, has to
 * answer undefined. It is asked again then.
 */
export type IsHere = (presence: Presence) => Whereabouts | Promise<Whereabouts>;

export interface WebhookFeedOptions {
  readonly endpoints: Pick<EndpointDirectory, "interestOf">;
  readonly outbox: Pick<Outbox, "owe">;
  readonly clock: Pick<Clock, "now">;
  readonly isHere: IsHere;
  /** Do other nodes tell of the same presences? */
  readonly isShared: boolean;
}

/** How long a channel or a member may be away without receivers hearing of it: about what reloading a page takes. */
const GRACE_MS = 3_000;
/**
 * The same for what was there when a server ended. pusher-js, when it finds nobody listening, comes back after about 15
 * seconds.
 */
const RESTART_GRACE_MS = 30_000;
/** After so long what was told is compared with what is there: by then every node has heard of what happened before. */
const VERIFY_MS = 2_000;
/** When to ask again for what could not be known. */
const ASK_AGAIN_MS = 1_000;
/** What one pass asks for in a cluster, where each question may be one to another machine. */
const MOST_ASKED = 5_000;

/**
 * Turns what happens on channels into webhook events.
 *
 * It is asked on hot paths, so an app without endpoints costs one look into a map. Coming is told at once, leaving after a
 * grace; whoever is back within it has never left, and neither is told.
 *
 * In a cluster each note comes to one node, and the note that undoes it may come to another. Before a node tells that
 * something left it asks whether it is somewhere, the database decides what receivers have not been told yet
 * (`told-arbiter.ts`), and what was told is looked after once more. So it does not matter which node tells, how late, or
 * how often: what receivers were told alternates, and ends at what is so.
 */
export class WebhookFeed {
  readonly #options: WebhookFeedOptions;
  /** What has left and when that is to be told, the first due first. */
  readonly #leaving = new Map<string, Leaving>();
  /** What was there when its server ended, and has not been seen since. */
  readonly #missing = new Map<string, Leaving>();
  /** What has been told of, where others may have told otherwise at the same time; the first due first. */
  readonly #unverified = new Map<string, Told>();
  /** Passes that wait for answers. */
  #asking = 0;

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

  /** Takes over what receivers were told by a server that is no more: what is not here counts as leaving from now on. */
  adopt(presences: readonly Presence[]): void | Promise<void> {
    const nowMs = this.#options.clock.now();
    const all = membersFirst(presences);
    return this.#ask(all, (answers) => {
      for (const [index, presence] of all.entries()) {
        const key = keyOf(presence);
        if (answers[index] || this.#missing.has(key)) continue;
        this.#missing.set(key, { presence, sinceMs: nowMs, dueMs: nowMs + RESTART_GRACE_MS });
      }
    });
  }

  /**
   * Tells what receivers have not heard because it could not be kept.
   *
   * @param told what they take for being there.
   * @param here what is there, in apps that have endpoints.
   */
  reconcile(told: readonly Presence[], here: Iterable<Presence>): void | Promise<void> {
    const known = new Set(told.map(keyOf));
    const all = membersFirst(told);
    const nowMs = this.#options.clock.now();
    return this.#ask(all, (answers) => {
      for (const [index, presence] of all.entries()) {
        if (answers[index] === false) this.#tellLeft(presence, nowMs);
      }
      for (const presence of here) {
        const interest = this.#following(presence);
        if (interest && !known.has(keyOf(presence))) this.#tellCame(presence, interest);
      }
    });
  }

  /** What receivers have been told, as it stands on disk now, where others tell them, too. */
  onTold(states: readonly StateChange[]): void {
    const dueMs = this.#options.clock.now() + VERIFY_MS;
    for (const { appId, channel, userId, isHere } of states) {
      // Written from presences.
      const presence: Presence = { appId, channel: channel as ChannelName, userId };
      const key = keyOf(presence);
      this.#unverified.delete(key);
      this.#unverified.set(key, { presence, isHere, dueMs });
    }
  }

  /** Tells what is due. Call it a few times a second. */
  sweep(): void {
    if (this.#asking > 0) return;
    const nowMs = this.#options.clock.now();
    void this.#sweep(this.#leaving, nowMs, (leaving, isHere) => this.#decide(leaving, isHere));
    void this.#sweep(this.#missing, nowMs, (leaving, isHere) => this.#decide(leaving, isHere));
    if (this.#unverified.size === 0) return;
    void this.#sweep(this.#unverified, nowMs, (told, isHere) => this.#verify(told, isHere));
  }

  #came(presence: Presence): void {
    const interest = this.#following(presence);
    if (!interest) return;
    const key = keyOf(presence);
    const isBack = this.#leaving.delete(key) || this.#missing.delete(key);
    // In a cluster it is on record all the same: another node may have seen it leave.
    if (!isBack || this.#options.isShared) this.#tellCame(presence, interest);
  }

  #left(presence: Presence): void {
    if (!this.#following(presence)) return;
    const nowMs = this.#options.clock.now();
    const key = keyOf(presence);
    // Behind all that are due before it.
    this.#leaving.delete(key);
    this.#leaving.set(key, { presence, sinceMs: nowMs, dueMs: nowMs + GRACE_MS });
  }

  /** Asks where those are that are due, and acts on it unless something came in between. */
  #sweep<Item extends Due>(
    waiting: Map<string, Item>,
    nowMs: number,
    act: (item: Item, isHere: Whereabouts) => void,
  ): void | Promise<void> {
    const due = [...firstDue(waiting, nowMs, this.#options.isShared ? MOST_ASKED : Number.POSITIVE_INFINITY)];
    if (due.length === 0) return;
    return this.#ask(
      due.map(([, { presence }]) => presence),
      (answers) => {
        for (const [index, [key, item]] of due.entries()) {
          if (waiting.get(key) !== item) continue;
          waiting.delete(key);
          act(item, answers[index]);
        }
      },
    );
  }

  #decide(leaving: Leaving, isHere: Whereabouts): void {
    const { presence, sinceMs } = leaving;
    if (isHere === false) this.#tellLeft(presence, sinceMs);
    else if (isHere === undefined) {
      const dueMs = this.#options.clock.now() + ASK_AGAIN_MS;
      this.#leaving.set(keyOf(presence), { ...leaving, dueMs });
    }
  }

  #verify(told: Told, isHere: Whereabouts): void {
    const { presence } = told;
    const key = keyOf(presence);
    if (isHere === undefined) {
      this.#unverified.set(key, { ...told, dueMs: this.#options.clock.now() + ASK_AGAIN_MS });
    } else if (isHere && !told.isHere) {
      const interest = this.#following(presence);
      if (interest) this.#tellCame(presence, interest);
    } else if (!isHere && told.isHere && !this.#leaving.has(key) && !this.#missing.has(key)) {
      this.#left(presence);
    }
  }

  /** Answers at once where they are known at once, as they are without a cluster. */
  #ask(presences: readonly Presence[], use: (answers: readonly Whereabouts[]) => void): void | Promise<void> {
    const answers = presences.map((presence) => this.#options.isHere(presence));
    if (!answers.some((answer) => answer instanceof Promise)) {
      use(answers as Whereabouts[]);
      return;
    }
    this.#asking++;
    const unknown = () => undefined;
    return Promise.all(answers.map((answer) => Promise.resolve(answer).catch(unknown)))
      .then(use)
      .finally(() => {
        this.#asking--;
      });
  }

  #tellCame(presence: Presence, interest: Interest): void {
    const { channel, userId } = presence;
    const event: WebhookEvent =
      userId === undefined
        ? { name: "channel_occupied", channel }
        : { name: "member_added", channel, user_id: userId };
    const endpoints = interest.endpointsFor(event.name, channel);
    const atMs = this.#options.clock.now();
    this.#options.outbox.owe(endpoints, event, { ...presence, isHere: true, atMs });
  }

  /** Also where nobody listens any more: that it is gone has to be known once somebody does. */
  #tellLeft(presence: Presence, atMs: number): void {
    const { appId, channel, userId } = presence;
    const event: WebhookEvent =
      userId === undefined
        ? { name: "channel_vacated", channel }
        : { name: "member_removed", channel, user_id: userId };
    const endpoints = this.#endpointsFor(appId, event.name, channel);
    this.#options.outbox.owe(endpoints, event, { ...presence, isHere: false, atMs });
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

interface Due {
  readonly presence: Presence;
  readonly dueMs: number;
}

interface Leaving extends Due {
  readonly sinceMs: number;
}

interface Told extends Due {
  /** Is that what receivers were told? */
  readonly isHere: boolean;
}

const NONE: readonly WebhookEndpoint[] = [];
const EXISTENCE = ["channel_occupied", "channel_vacated"] as const;
const MEMBERSHIP = ["member_added", "member_removed"] as const;

/** In the order in which a channel empties. */
function membersFirst(presences: readonly Presence[]): Presence[] {
  return presences.toSorted((a, b) => Number(a.userId === undefined) - Number(b.userId === undefined));
}

function* firstDue<Item extends Due>(waiting: ReadonlyMap<string, Item>, nowMs: number, most: number) {
  let found = 0;
  for (const entry of waiting) {
    if (entry[1].dueMs > nowMs || ++found > most) return;
    yield entry;
  }
}

/** Ids of apps and names of channels hold no newline, so this is unambiguous whatever a user id holds. */
function keyOf({ appId, channel, userId }: Presence): string {
  return userId === undefined ? `${appId}\n${channel}` : `${appId}\n${channel}\n${userId}`;
}
