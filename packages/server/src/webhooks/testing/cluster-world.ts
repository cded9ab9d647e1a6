import type { Note } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import pino from "pino";
import type { Database } from "../../store/database.ts";
import { SeededRandom } from "../../testing/seeded-random.ts";
import { adoptTold } from "../adopt-told.ts";
import { Interest } from "../endpoint-directory.ts";
import { EventIds } from "../event-ids.ts";
import { Outbox } from "../outbox.ts";
import { SenderLeases } from "../sender-leases.ts";
import { ToldReview } from "../told-review.ts";
import { ToldStates } from "../told-states.ts";
import { type Presence, WebhookFeed, type Whereabouts } from "../webhook-feed.ts";
import { WebhookMeters } from "../webhook-meters.ts";
import { SOME_APP, SOME_ENDPOINT } from "./examples.ts";
import { FakeClock } from "./fake-clock.ts";

const ROOM = "presence-a" as ChannelName;

/** What comes and goes: a channel, two members of it, another channel. */
export const PRESENCES: readonly Presence[] = [
  { appId: "1", channel: ROOM, userId: undefined },
  { appId: "1", channel: ROOM, userId: "1" },
  { appId: "1", channel: ROOM, userId: "2" },
  { appId: "1", channel: "b" as ChannelName, userId: undefined },
];

/** How far from ideal the world is. Times are the longest that happen, in milliseconds. */
export interface Faults {
  /** From a change to the note of it. */
  readonly noteDelayMs: number;
  /** How old what a node knows of the others may be. */
  readonly lagMs: number;
  /** How far a server's clock is off. */
  readonly skewMs: number;
  /** A note comes twice, with this chance. */
  readonly doubles: number;
  /** A commit whose answer gets lost, with this chance. */
  readonly lostAnswers: number;
}

/** How long the others believe in a node that has died. */
const LEASE_MS = 10_000;
const SWEEP_MS = 200;
const TICK_MS = 1_000;

export interface ToldEvent {
  readonly what: string;
  readonly isHere: boolean;
  readonly atMs: number;
}

/** Nodes with one database, one truth about who is where, and all that may go wrong between them. */
export class ClusterWorld {
  readonly clock: FakeClock;
  readonly random: () => number;
  readonly faults: Faults;
  readonly database: Database;
  readonly nodes: readonly ClusterNode[];
  /** The shared truth: which nodes have it, by what. What happens to it is decided in one place. */
  readonly #holders = new Map<string, Set<ClusterNode>>();
  /** Whether it was there from this time on, the latest last. */
  readonly #history = new Map<string, { readonly atMs: number; readonly isHere: boolean }[]>();
  /** The nodes cannot reach the shared truth. */
  isCut = false;
  #inFlight = 0;

  constructor(database: Database, seed: number, nodes: number, faults: Faults) {
    this.random = new SeededRandom(seed).next;
    this.faults = faults;
    this.database = this.#watched(database);
    this.clock = new FakeClock(1_700_000_000_000, () => this.#settled());
    this.nodes = Array.from({ length: nodes }, (_, index) => new ClusterNode(this, index));
  }

  get #now(): number {
    return this.clock.now();
  }

  chance(of: number): boolean {
    return this.random() < of;
  }

  upTo(most: number): number {
    return Math.floor(this.random() * (most + 1));
  }

  /** A node claims or gives up; whoever is first or last hears of it. */
  claim(node: ClusterNode, presence: Presence, isHere: boolean, isHeard = true): void {
    const what = nameOf(presence);
    const holders = this.#holders.get(what) ?? new Set();
    this.#holders.set(what, holders);
    const was = holders.size > 0;
    if (isHere) holders.add(node);
    else holders.delete(node);
    if (was === holders.size > 0) return;
    const history = this.#history.get(what) ?? [];
    this.#history.set(what, history);
    history.push({ atMs: this.#now, isHere: !was });
    if (isHeard) node.hear(noteOf(presence, !was));
  }

  /** After a node's lease has ended, one that lives takes away what it had, and hears of it. */
  buried(node: ClusterNode, life: number): void {
    this.clock.later(() => {
      const living = this.nodes.filter(({ isAlive }) => isAlive);
      const heir = living[this.upTo(living.length - 1)];
      for (const presence of PRESENCES) {
        if (!this.#holders.get(nameOf(presence))?.has(node)) continue;
        if (node.isAlive && node.life !== life && node.has(presence)) continue;
        if (heir === undefined) this.claim(node, presence, false, false);
        else this.#giveUp(node, presence, heir);
      }
    }, LEASE_MS);
  }

  #giveUp(node: ClusterNode, presence: Presence, heir: ClusterNode): void {
    const holders = this.#holders.get(nameOf(presence));
    this.claim(node, presence, false, false);
    if (holders?.size === 0 && !this.isCut) heir.hear(noteOf(presence, false));
  }

  /** From here on nodes do what they do without hearing of it. */
  cut(): void {
    this.isCut = true;
  }

  /** All nodes claim anew; of what changed meanwhile they may hear or not. */
  mend(): void {
    if (!this.isCut) return;
    this.isCut = false;
    for (const node of this.nodes) {
      if (!node.isAlive) continue;
      for (const presence of PRESENCES) this.claim(node, presence, node.has(presence), this.chance(0.5));
      node.review.request("all");
    }
  }

  /** Was it there at this time? */
  wasHere(presence: Presence, atMs: number): boolean {
    return this.#history.get(nameOf(presence))?.findLast((entry) => entry.atMs <= atMs)?.isHere ?? false;
  }

  /** Was it away at any time between these? */
  wasAway(what: string, fromMs: number, toMs: number): boolean {
    const history = this.#history.get(what) ?? [];
    const before = history.findLast(({ atMs }) => atMs <= fromMs)?.isHere ?? false;
    return !before || history.some(({ atMs, isHere }) => !isHere && atMs > fromMs && atMs <= toMs);
  }

  truth(): string[] {
    return PRESENCES.map(nameOf).filter((what) => (this.#holders.get(what)?.size ?? 0) > 0);
  }

  /** What receivers are told, in order. */
  async told(): Promise<ToldEvent[]> {
    const rows = await this.database.query((db) =>
      db.selectFrom("webhook_events").select(["body", "created_at"]).orderBy("id").execute(),
    );
    return rows.map(({ body, created_at }) => {
      const { name, channel, user_id } = JSON.parse(body) as {
        name: string;
        channel: string;
        user_id?: string;
      };
      const what = user_id === undefined ? channel : `${channel} ${user_id}`;
      const isHere = name === "channel_occupied" || name === "member_added";
      return { what, isHere, atMs: Date.parse(created_at) };
    });
  }

  async end(): Promise<void> {
    for (const node of this.nodes) node.die();
    this.clock.crash();
    await this.#settled();
  }

  #watched(database: Database): Database {
    const watched = async <T>(run: () => Promise<T>): Promise<T> => {
      this.#inFlight++;
      try {
        return await run();
      } finally {
        this.#inFlight--;
      }
    };
    return {
      kind: database.kind,
      query: (run) => watched(() => database.query(run)),
      transaction: (run) => watched(() => database.transaction(run)),
      revision: () => database.revision(),
      close: () => database.close(),
    };
  }

  async #settled(): Promise<void> {
    do for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    while (this.#inFlight > 0);
  }
}

/** One server's webhooks, without what sends them. */
export class ClusterNode {
  readonly #world: ClusterWorld;
  readonly #index: number;
  readonly #has = new Set<string>();
  readonly #skewMs: number;
  life = 0;
  isAlive = false;
  /** How long its writes take. */
  slowMs = 0;
  review!: ToldReview;
  #feed!: WebhookFeed;
  #outbox!: Outbox;

  constructor(world: ClusterWorld, index: number) {
    this.#world = world;
    this.#index = index;
    this.#skewMs = world.upTo(2 * world.faults.skewMs) - world.faults.skewMs;
    this.start();
  }

  has(presence: Presence): boolean {
    return this.#has.has(nameOf(presence));
  }

  join(presence: Presence): void {
    if (!this.isAlive || this.has(presence)) return;
    this.#has.add(nameOf(presence));
    if (!this.#world.isCut) this.#world.claim(this, presence, true);
  }

  leave(presence: Presence): void {
    if (!this.isAlive || !this.#has.delete(nameOf(presence)) || this.#world.isCut) return;
    this.#world.claim(this, presence, false);
  }

  hear(note: Note): void {
    const { faults } = this.#world;
    const times = this.#world.chance(faults.doubles) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      this.#later(() => this.#feed.onNote(SOME_APP, note), this.#world.upTo(faults.noteDelayMs));
    }
  }

  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#has.clear();
    this.#world.buried(this, this.life);
    this.life++;
  }

  start(): void {
    if (this.isAlive) return;
    this.isAlive = true;
    this.slowMs = 0;
    const clock = {
      now: () => this.#world.clock.now() + this.#skewMs,
      later: (callback: () => void, ms: number) => this.#later(callback, ms),
    };
    const database = this.#ownDatabase();
    const keeperId = "cluster";
    this.#outbox = new Outbox({
      database,
      keeperId,
      onTold: (states) => this.#feed.onTold(states),
      ids: new EventIds(clock.now),
      clock,
      log: pino({ level: "silent" }),
      meters: new WebhookMeters(),
      onWritten: () => {},
      onRecovered: () => this.review.request("all"),
    });
    this.#feed = new WebhookFeed({
      endpoints: { interestOf: () => new Interest([SOME_ENDPOINT]) },
      outbox: this.#outbox,
      clock,
      isHere: (presence) => this.#isHere(presence),
      isShared: true,
    });
    const told = new ToldStates(database, keeperId);
    this.review = new ToldReview({
      told,
      feed: this.#feed,
      here: () => PRESENCES.filter((presence) => this.has(presence)),
    });
    const leases = new SenderLeases({
      database,
      me: { id: `snd_${this.#index}_${this.life}`, host: "h", pid: this.#index },
      keeperId,
      now: clock.now,
      isRunning: () => true,
    });
    this.#repeat(SWEEP_MS, async () => this.#feed.sweep());
    this.#repeat(TICK_MS, () => this.review.run());
    const heir = { leases, told, feed: this.#feed, review: this.review };
    const tick = async () => {
      await leases.renew();
      await adoptTold(heir);
    };
    void tick().catch(() => {});
    this.#repeat(TICK_MS, tick);
  }

  #isHere(presence: Presence): Whereabouts | Promise<Whereabouts> {
    const world = this.#world;
    if (world.isCut) return world.chance(0.5) ? undefined : Promise.reject(new Error("cut off"));
    const isHere =
      this.has(presence) || world.wasHere(presence, world.clock.now() - world.upTo(world.faults.lagMs));
    if (world.chance(0.5)) return isHere;
    return new Promise((resolve) => this.#later(() => resolve(isHere), world.upTo(100)));
  }

  /** Slow as it may be; and an answer may be lost after the commit. */
  #ownDatabase(): Database {
    const world = this.#world;
    const life = this.life;
    return {
      ...world.database,
      transaction: async (run) => {
        if (this.slowMs > 0) await new Promise<void>((resolve) => this.#later(resolve, this.slowMs));
        if (life !== this.life) return new Promise(() => {});
        const result = await world.database.transaction(run);
        if (world.chance(world.faults.lostAnswers)) throw new Error("the connection broke off");
        return result;
      },
    };
  }

  #repeat(intervalMs: number, work: () => Promise<void>): void {
    this.#later(
      () =>
        void work().then(
          () => this.#repeat(intervalMs, work),
          () => this.#repeat(intervalMs, work),
        ),
      intervalMs,
    );
  }

  #later(callback: () => void, ms: number): () => void {
    const life = this.life;
    return this.#world.clock.later(() => {
      if (this.isAlive && life === this.life) callback();
    }, ms);
  }
}

function nameOf({ channel, userId }: Presence): string {
  return userId === undefined ? channel : `${channel} ${userId}`;
}

function noteOf({ channel, userId }: Presence, isHere: boolean): Note {
  if (userId === undefined) return { kind: isHere ? "occupied" : "vacated", channel };
  return { kind: isHere ? "memberAdded" : "memberRemoved", channel, userId };
}
