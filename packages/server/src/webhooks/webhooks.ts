import type { App, Hub } from "@usher/hub";
import type { HmacHex } from "@usher/protocol";
import type { Logger } from "pino";
import type { NoteListener } from "../notes.ts";
import type { Database } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { adoptTold, type Heir } from "./adopt-told.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import { EndpointDirectory } from "./endpoint-directory.ts";
import { EndpointHealth } from "./endpoint-health.ts";
import type { FinishedAttempt } from "./endpoint-sender.ts";
import { EndpointStore } from "./endpoint-store.ts";
import { EventIds } from "./event-ids.ts";
import type { WebhookEventType } from "./event-types.ts";
import { guardedFetch, type Post } from "./guarded-fetch.ts";
import { prune } from "./housekeeping.ts";
import { Outbox } from "./outbox.ts";
import type { PostResult } from "./post-error.ts";
import { systemResolver } from "./resolver.ts";
import { isRunningHere, newSender, SenderLeases } from "./sender-leases.ts";
import { Senders } from "./senders.ts";
import { testEvent } from "./test-event.ts";
import { ToldReview } from "./told-review.ts";
import { ToldStates } from "./told-states.ts";
import { type IsHere, type Presence, WebhookFeed } from "./webhook-feed.ts";
import { WebhookMeters } from "./webhook-meters.ts";
import { type Signer, webhookRequest } from "./webhook-request.ts";

export interface WebhooksOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly hub: Hub;
  readonly post: Post;
  readonly hmacHex: HmacHex;
  /** What signs an app's webhooks; undefined for an app that is gone or has no key. */
  readonly signerOf: (appId: string) => Signer | undefined;
  /** Called after each request, whatever came of it. */
  readonly onAttempt: (endpoint: WebhookEndpoint, attempt: FinishedAttempt) => void;
  /** Given where this is one node of a cluster: each note of who comes and leaves is for one of its nodes then. */
  readonly cluster?: { readonly isHere: IsHere } | undefined;
  readonly log: Logger;
}

const TIMEOUT_MS = 4_000;
const POLL_INTERVAL_MS = 250;
const SWEEP_MS = 200;
const TICK_MS = 1_000;
const PRUNE_MS = 30_000;
/** In whose keeping is what the nodes of a cluster have told receivers. No sender has such an id. */
const CLUSTER = "cluster";
/** How long an ending process waits for requests that are under way. */
const PATIENCE_MS = 5_000;

/** The one way webhooks leave this server. */
export function webhookPost(allowPrivate: boolean): Post {
  return guardedFetch({ allowPrivate, timeoutMs: TIMEOUT_MS, resolve: systemResolver(Date.now) });
}

/**
 * All of the webhooks: hears what happens on channels, keeps it on disk, and sends it.
 *
 * Builds the parts and connects them.
 */
export class Webhooks {
  readonly onNote: NoteListener;
  readonly meters = new WebhookMeters();
  readonly #options: WebhooksOptions;
  readonly #ids = new EventIds(Date.now);
  readonly #outbox: Outbox;
  readonly #feed: WebhookFeed;
  readonly #directory: EndpointDirectory;
  readonly #senders: Senders;
  readonly #leases: SenderLeases;
  readonly #told: ToldStates;
  readonly #review: ToldReview;
  readonly #heir: Heir;
  readonly #health: EndpointHealth;
  #apps: readonly string[] = [];
  readonly #loops: Loop[] = [];
  #sweeping: ReturnType<typeof setInterval> | undefined;

  private constructor(options: WebhooksOptions, clock: Clock) {
    const { database, vault, hub, log, cluster } = options;
    const { meters } = this;
    this.#options = options;
    const store = new EndpointStore(database, vault);
    const me = newSender();
    const ids = this.#ids;
    const keeperId = cluster ? CLUSTER : me.id;
    this.#outbox = new Outbox({
      database,
      keeperId,
      onTold: cluster && ((states) => this.#feed.onTold(states)),
      ids,
      clock,
      log,
      meters,
      onWritten: (events, isNext) => this.#senders.offer(events, isNext),
      onRecovered: () => void this.#reconcile().catch((error) => this.#failed(error)),
    });
    this.#directory = new EndpointDirectory({
      database,
      store,
      pollIntervalMs: POLL_INTERVAL_MS,
      onChange: (endpoints) => this.#setEndpoints(endpoints),
      onError: (error) =>
        log.error({ err: error }, "cannot read the webhook endpoints; going on with those known"),
    });
    this.#feed = new WebhookFeed({
      endpoints: this.#directory,
      outbox: this.#outbox,
      clock,
      isHere: cluster?.isHere ?? ((presence) => isHere(hub, presence)),
      isShared: cluster !== undefined,
    });
    this.#health = new EndpointHealth({ store, log, changed: () => void this.refresh() });
    const isRunning = database.kind === "sqlite" ? isRunningHere : () => true;
    this.#leases = new SenderLeases({
      database,
      me,
      keeperId: cluster && keeperId,
      now: clock.now,
      isRunning,
    });
    this.#senders = new Senders({
      ...options,
      meters,
      leases: this.#leases,
      outbox: this.#outbox,
      ids,
      clock,
      random: Math.random,
      onResult: (endpoint, result, atMs, attempt) => {
        this.#health.onResult(endpoint, result, atMs);
        options.onAttempt(endpoint, attempt);
      },
    });
    this.#told = new ToldStates(database, keeperId);
    this.#review = new ToldReview({
      told: this.#told,
      feed: this.#feed,
      here: () => presencesOf(hub, this.#apps),
    });
    this.#heir = {
      leases: this.#leases,
      told: this.#told,
      feed: this.#feed,
      review: cluster && this.#review,
    };
    this.onNote = (app: App, note) => this.#feed.onNote(app, note);
  }

  /** Reads what there is, takes over what a former process left behind, and starts. Call it before clients may connect. */
  static async start(options: WebhooksOptions): Promise<Webhooks> {
    const webhooks = new Webhooks(options, SYSTEM_CLOCK);
    await webhooks.#directory.open();
    await webhooks.#leases.renew();
    await adoptTold(webhooks.#heir);
    webhooks.#sweeping = setInterval(() => webhooks.#feed.sweep(), SWEEP_MS);
    webhooks.#loops.push(
      new Loop(
        TICK_MS,
        () => webhooks.#tick(),
        (error) => webhooks.#failed(error),
      ),
      new Loop(
        TICK_MS,
        () => webhooks.#review.run(),
        (error) => webhooks.#failed(error),
      ),
      new Loop(
        PRUNE_MS,
        () => prune(options.database, Date.now()),
        (error) => webhooks.#failed(error),
      ),
    );
    return webhooks;
  }

  /** Events that are decided and not yet on disk. */
  get queued(): number {
    return this.#outbox.queued;
  }

  /** How many endpoints count as down, of those that this process sends to. */
  get endpointsDown(): number {
    return this.#senders.down;
  }

  /** Sends one event to an endpoint, once and past all that is owed; undefined for an app that is gone. Never rejects. */
  async test(
    endpoint: WebhookEndpoint,
    type: WebhookEventType,
  ): Promise<(PostResult & { readonly durationMs: number }) | undefined> {
    const { post, signerOf, hmacHex } = this.#options;
    const signer = signerOf(endpoint.appId);
    if (!signer) return undefined;
    const eventId = this.#ids.next();
    const event = { eventId, body: JSON.stringify(testEvent(type)), createdAtMs: Date.now() };
    const startedAtMs = performance.now();
    const result = await post(webhookRequest(endpoint, eventId, [event], signer, hmacHex));
    return { ...result, durationMs: performance.now() - startedAtMs };
  }

  /** Shows what has been committed about endpoints so far. */
  refresh(): Promise<void> {
    return this.#directory.refresh();
  }

  /**
   * Compares what receivers were told with what is so, soon. For a node of a cluster that was cut off from the others and is
   * one of them again: what it was to be told meanwhile nobody has told.
   */
  review(): void {
    this.#review.request("all");
  }

  /**
   * From here on nobody who leaves is reported: the server sends its clients away, and they come back to the next. That one
   * finds out who did not.
   */
  drain(): void {
    clearInterval(this.#sweeping);
  }

  /**
   * Writes what is owed to disk, waits a little for requests that are under way, and gives the endpoints to whoever comes
   * next.
   */
  async stop(): Promise<void> {
    this.drain();
    this.#review.stop();
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await this.#directory.stop();
    await this.#outbox.flush();
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, PATIENCE_MS);
    await Promise.race([this.#senders.stop(), patience.promise]);
    clearTimeout(timer);
    await this.#outbox.stop();
    await this.#leases.release().catch((error) => this.#failed(error));
  }

  async #tick(): Promise<void> {
    await this.#senders.tick();
    await adoptTold(this.#heir);
  }

  #setEndpoints(endpoints: readonly WebhookEndpoint[]): void {
    this.#health.setEndpoints(endpoints);
    this.#senders.setEndpoints(endpoints);
    const apps = [...new Set(endpoints.filter(({ enabled }) => enabled).map(({ appId }) => appId))];
    const hasLeft = this.#apps.some((appId) => !apps.includes(appId));
    this.#apps = apps;
    if (hasLeft) void this.#told.forgetUnheard().catch((error) => this.#failed(error));
  }

  /** Some events could not be kept: compares what receivers were told with what is there. */
  async #reconcile(): Promise<void> {
    await this.#outbox.flush();
    if (this.#options.cluster) {
      this.review();
      return;
    }
    const told = await this.#told.own();
    await this.#feed.reconcile(told, presencesOf(this.#options.hub, this.#apps));
  }

  #failed(error: unknown): void {
    this.#options.log.error(
      { err: error, code: "webhook_database_failed" },
      "webhooks cannot use the database",
    );
  }
}

/** Does the same thing again and again, never twice at a time. */
class Loop {
  readonly #work: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #running: Promise<void> | undefined;
  #isFailing = false;

  constructor(intervalMs: number, work: () => Promise<void>, failed: (error: unknown) => void) {
    this.#work = work;
    this.#failed = failed;
    this.#timer = setInterval(() => this.#run(), intervalMs);
    this.#run();
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    return this.#running ?? Promise.resolve();
  }

  #run(): void {
    this.#running ??= this.#once().finally(() => {
      this.#running = undefined;
    });
  }

  async #once(): Promise<void> {
    try {
      await this.#work();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#failed(error);
      this.#isFailing = true;
    }
  }
}

function isHere(hub: Hub, { appId, channel, userId }: Presence): boolean {
  const found = hub.stateOf(appId)?.channels.get(channel);
  if (!found) return false;
  return userId === undefined || found.roster?.has(userId) === true;
}

function* presencesOf(hub: Hub, appIds: readonly string[]): Generator<Presence> {
  for (const appId of appIds) {
    for (const channel of hub.stateOf(appId)?.channels.values() ?? []) {
      yield { appId, channel: channel.name, userId: undefined };
      for (const userId of channel.roster?.userIds() ?? []) yield { appId, channel: channel.name, userId };
    }
  }
}
