import type { Elsewhere, ElsewhereChange, Here, OpenedPlace } from "@usher/hub";
import { nodeIdOf } from "./census.ts";
import { Lease } from "./lease.ts";
import { placeKey } from "./place-key.ts";
import {
  type ClaimMessage,
  type ClaimOutcome,
  type Identity,
  LeaseOverError,
  type NodeAbout,
  type PlaceRef,
  type PlaceStore,
  type Roll,
} from "./place-store.ts";
import { Reaper } from "./reaper.ts";
import { Replica } from "./replica.ts";
import type { Timers } from "./timers.ts";
import { TrackedPlace } from "./tracked-place.ts";

/** What a hub is to its places. What it answers with is applied before the call returns. */
export interface PlaceHub {
  here(ref: PlaceRef): Here;
  /** Whether clients are told how many subscriptions the channel has: its count is then flushed at once. */
  isCounted(ref: PlaceRef): boolean;
  placesOpened(appId: string, opened: readonly OpenedPlace[]): void;
  elsewhereChanged(ref: PlaceRef, change: ElsewhereChange): void;
  placeClosed(ref: PlaceRef): void;
}

/** What a newcomer is given of a channel besides who is there. */
export type PlaceCopy = Pick<OpenedPlace, "cached" | "history">;

export interface PlacesOptions {
  readonly store: PlaceStore;
  readonly hub: PlaceHub;
  /** Random, without a dot; no other process ever had it. */
  readonly nodeId: string;
  readonly about: NodeAbout;
  readonly timers: Timers;
  /** Uniform from 0 up to but not including 1. */
  readonly random: () => number;
  /** Read once the place is listened to, with each reading of it; undefined for a place that has no such thing. */
  readonly copyOf?: (ref: PlaceRef) => Promise<PlaceCopy> | undefined;
  /**
   * Once for each change that meant something, in order for each place; see `PlaceStore` for when one may come twice. What is
   * reaped comes after all that the dead did, but may come after what was claimed since: who reaps is one of many.
   */
  readonly onOutcome: (ref: PlaceRef, outcome: ClaimOutcome) => void;
  /** Nodes that live no more, as far as this one can tell: one that was only paused comes back. */
  readonly onNodesGone?: (nodeIds: readonly string[]) => void;
  /** The others have taken this node for dead; it goes on under another name. */
  readonly onFenced?: () => void;
  /** Something failed that is tried again; for the log. */
  readonly onError: (error: unknown) => void;
}

export interface PlacesState {
  readonly places: number;
  /** Places that must be read again before they are sure to be right. */
  readonly stale: number;
  /** Places where the store may not have what this node has. */
  readonly unclaimed: number;
  readonly isLeaseHeld: boolean;
  readonly otherNodes: number;
}

/** So long a subscriber waits for a store that does not answer. */
const OPENING_MS = 2_000;
const LINGER_MS = 5_000;
const TICK_MS = 1_000;
/** After an outage all nodes come back at once; each begins somewhere within this time. */
const RESYNC_SPREAD_MS = 500;
/** Places that are read again at one time. First readings, which somebody waits for, are not counted. */
const READINGS_AT_ONCE = 64;
/**
 * Claims under way at one time. After an outage all are made anew, and what waits behind too many of them comes so late that the
 * link is taken for dead, which is the next outage.
 */
const CLAIMS_AT_ONCE = 500;
/** Places a second whose version is compared with the store's, in turn: what finds a message that was lost without a trace. */
const AUDITED_A_SECOND = 50;
const STOPPING_MS = 2_000;

/**
 * Keeps the hub's places and the store's the same: what this node has is claimed, what the others have is shown to the hub.
 *
 * It works from state, not from a queue: `changed` says that something is different somewhere, and once a turn of the loop
 * what is there now is compared with what the store has acknowledged. So nothing is lost in an outage but the steps between.
 */
export class Places {
  readonly #options: PlacesOptions;
  readonly #onOutcome: PlacesOptions["onOutcome"];
  readonly #lease: Lease;
  readonly #reaper: Reaper;
  readonly #places = new Map<string, TrackedPlace>();
  readonly #dirty = new Map<string, PlaceRef>();
  readonly #toShow = new Map<TrackedPlace, PlaceCopy>();
  /** To be looked at in the next tick: counts that nobody hears of, and claims that failed. */
  readonly #later = new Set<TrackedPlace>();
  /** To be claimed when one of those that are under way is over. */
  readonly #toClaim = new Set<TrackedPlace>();
  readonly #toRead = new Set<TrackedPlace>();
  /** Places of which something may be missing. */
  readonly #unsure = new Set<TrackedPlace>();
  readonly #closing = new Map<string, Promise<void>>();
  #audit: Iterator<TrackedPlace> | undefined;
  #readings = 0;
  #claims = 0;
  #serial = 0;
  #isLinkUp = true;
  #hadLease = false;
  #isTurnPlanned = false;
  #isStopped = false;
  #cancelTick = () => {};
  #cancelResync = () => {};

  constructor(options: PlacesOptions) {
    this.#options = options;
    const { store, nodeId, about, timers, random, onOutcome, onError } = options;
    this.#onOutcome = notable(onOutcome);
    this.#reaper = new Reaper({ store, timers, random, onOutcome: this.#onOutcome, onError });
    this.#lease = new Lease({
      store,
      nodeId,
      about,
      timers,
      onLost: (reason) => this.#claimsLost(reason),
      onTurned: (identities) => this.#recount(identities),
      onNodesGone: (nodeIds) => options.onNodesGone?.(nodeIds),
      onRoll: (roll) => this.#rollTaken(roll),
      onError,
    });
  }

  /** The name under which this node claims; its epoch goes up when the store has judged it dead. */
  get identity(): Identity {
    return this.#lease.identity;
  }

  get state(): PlacesState {
    const all = [...this.#places.values()];
    return {
      places: all.length,
      stale: this.#unsure.size,
      unclaimed: all.filter((place) => this.#isUnclaimed(place)).length,
      isLeaseHeld: this.#lease.isHeld,
      otherNodes: this.#lease.census.others,
    };
  }

  /** Resolves after the first attempt to register, whatever came of it: it goes on by itself. */
  async start(): Promise<void> {
    this.#cancelTick = this.#options.timers.after(TICK_MS, () => this.#tick());
    await this.#lease.start();
  }

  /**
   * Claims what is here now (nothing, where all connections are closed), ends the lease, and reaps what could not be
   * claimed away. Within some seconds; never rejects.
   */
  async stop(): Promise<void> {
    this.#cancelTick();
    this.#cancelResync();
    await this.#settled();
    this.#isStopped = true;
    this.#reaper.stop();
    for (const { cancelClosing } of this.#places.values()) cancelClosing?.();
    try {
      const { identity } = this;
      await this.#lease.stop();
      await this.#reaper.reapAll(identity, identity);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** What this node has or wants at a place may be different. Cheap, and may be called for nothing. */
  changed(ref: PlaceRef): void {
    if (this.#isStopped) return;
    this.#dirty.set(placeKey(ref), ref);
    this.#planTurn();
  }

  /** A message on a place's topic. */
  onClaims(ref: PlaceRef, message: ClaimMessage): void {
    const place = this.#places.get(placeKey(ref));
    if (!place || this.#isStopped) return;
    this.#tell(place, place.view.take(message));
    if (place.view.isStale) this.#readAgain(place);
    else this.#sureAgain(place);
  }

  /** Call when all topics are listened to again, also when that happens without a `linkDown`: messages may be missing. */
  linkUp(): void {
    this.#isLinkUp = true;
    if (this.#isStopped) return;
    this.#lease.doubt();
    void this.#lease.renewAnew();
    this.#resync();
  }

  linkDown(): void {
    this.#isLinkUp = false;
    this.#lease.doubt();
    this.#cancelResync();
  }

  /** The hub has been told, or is about to be, what is elsewhere. */
  isOpen(ref: PlaceRef): boolean {
    return this.#places.get(placeKey(ref))?.view.isShown ?? false;
  }

  /** What the other nodes have at places that are not open here, and that are: one read. Rejects with what the store rejects with. */
  async look(refs: readonly PlaceRef[]): Promise<Elsewhere[]> {
    const unknown = refs.filter((ref) => !this.isOpen(ref));
    const snapshots = unknown.length > 0 ? await this.#options.store.look(unknown) : [];
    const read = new Map(unknown.map((ref, index) => [placeKey(ref), snapshots[index]]));
    return refs.map((ref) => {
      const key = placeKey(ref);
      const open = this.#places.get(key);
      if (open?.view.isShown) return open.view.replica.elsewhere();
      const replica = this.#newReplica();
      const snapshot = read.get(key);
      if (snapshot) replica.load(snapshot);
      return replica.elsewhere();
    });
  }

  /** A count that nobody hears of may be a second old. */
  #isUnclaimed({ ref, claim }: TrackedPlace): boolean {
    const { hub } = this.#options;
    const here = hub.here(ref);
    return claim.differsFrom(here) && (!claim.isMinor(here) || hub.isCounted(ref));
  }

  #newReplica(): Replica {
    return new Replica((identity) => this.#lease.census.counts(identity));
  }

  // --- one turn of the loop

  #planTurn(): void {
    if (this.#isTurnPlanned) return;
    this.#isTurnPlanned = true;
    this.#options.timers.soon(() => {
      this.#isTurnPlanned = false;
      this.#turn();
    });
  }

  #turn(): void {
    this.#show();
    // What changes from here on is for the next turn.
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const [key, ref] of dirty) this.#flush(key, ref);
  }

  #flush(key: string, ref: PlaceRef): void {
    const { hub } = this.#options;
    const here = hub.here(ref);
    const place = this.#places.get(key) ?? (here.isWanted ? this.#open(key, ref) : undefined);
    if (!place) return;
    if (!here.isWanted) this.#closeSoon(place);
    else {
      place.cancelClosing?.();
      place.cancelClosing = undefined;
      if (place.view.isShown && !here.isOpen) this.#toBeShown(place, {});
    }
    if (place.claim.isMinor(here) && !hub.isCounted(ref)) this.#later.add(place);
    else this.#claim(place, here);
  }

  /** Tells the hub of all places that were read since the last turn, together: a sign-in may wait for several. */
  #show(): void {
    const opened = Map.groupBy(this.#toShow, ([{ ref }]) => ref.appId);
    this.#toShow.clear();
    for (const [appId, shown] of opened) {
      const places = shown.map(([{ ref, view }, copy]) => {
        view.isShown = true;
        return { place: ref.place, elsewhere: view.replica.elsewhere(), ...copy };
      });
      this.#options.hub.placesOpened(appId, places);
    }
  }

  #toBeShown(place: TrackedPlace, copy: PlaceCopy): void {
    this.#toShow.set(place, { ...this.#toShow.get(place), ...copy });
    this.#planTurn();
  }

  #tell(place: TrackedPlace, change: ElsewhereChange | undefined): void {
    // A place that is about to be shown is shown with all that is known by then.
    if (!change || !place.view.isShown || this.#toShow.has(place)) return;
    this.#options.hub.elsewhereChanged(place.ref, change);
  }

  // --- opening and reading

  #open(key: string, ref: PlaceRef): TrackedPlace {
    const place = new TrackedPlace(key, ref, this.#newReplica());
    this.#places.set(key, place);
    if (this.#isLinkUp) {
      void this.#read(place);
      this.#options.timers.after(OPENING_MS, () => this.#openUnread(place));
    } else this.#openUnread(place);
    return place;
  }

  /** Better a member too few for a while than a subscriber who waits: the reading that is still to come sets it right. */
  #openUnread(place: TrackedPlace): void {
    if (this.#places.get(place.key) !== place || place.view.isShown) return;
    if (!place.view.isReading) place.view.isStale = true;
    this.#doubt(place);
    this.#toBeShown(place, {});
  }

  #readAgain(place: TrackedPlace): void {
    this.#doubt(place);
    if (!this.#isLinkUp) return;
    this.#toRead.add(place);
    this.#readMore();
  }

  #readMore(): void {
    for (const place of this.#toRead) {
      if (this.#readings >= READINGS_AT_ONCE) return;
      this.#toRead.delete(place);
      if (this.#places.get(place.key) !== place) continue;
      this.#readings++;
      void this.#read(place).finally(() => {
        this.#readings--;
        this.#readMore();
      });
    }
  }

  /** Never rejects. */
  async #read(place: TrackedPlace): Promise<void> {
    const { store, copyOf, onError } = this.#options;
    const { ref, view } = place;
    const reading = view.beginReading();
    try {
      // The end of the last listening must not become the end of this one.
      await this.#closing.get(place.key);
      const snapshot = await store.open(ref);
      const copy = await copyOf?.(ref);
      if (!view.isCurrent(reading) || this.#places.get(place.key) !== place) return;
      view.endReading(snapshot);
      if (view.isStale) this.#doubt(place);
      else this.#sureAgain(place);
      this.#toBeShown(place, copy ?? {});
    } catch (error) {
      onError(error);
      if (!view.isCurrent(reading)) return;
      view.abandonReading();
      this.#doubt(place);
      this.#openUnread(place);
    }
  }

  // --- closing

  #closeSoon(place: TrackedPlace): void {
    place.cancelClosing ??= this.#options.timers.after(LINGER_MS, () => {
      place.cancelClosing = undefined;
      this.#close(place);
    });
  }

  #close(place: TrackedPlace): void {
    const { key, ref } = place;
    const { hub, store, onError } = this.#options;
    if (this.#isStopped || hub.here(ref).isWanted) return;
    if (!place.claim.isNone || place.view.isReading) {
      this.#closeSoon(place);
      return;
    }
    this.#places.delete(key);
    this.#later.delete(place);
    this.#toClaim.delete(place);
    this.#toRead.delete(place);
    this.#unsure.delete(place);
    this.#toShow.delete(place);
    const closing = store.close(ref).catch(onError);
    this.#closing.set(key, closing);
    void closing.then(() => this.#closing.delete(key));
    if (place.view.isShown) hub.placeClosed(ref);
  }

  // --- claiming

  #claim(place: TrackedPlace, here: Here): void {
    // Without a lease the store would refuse; the roll that brings it back looks at all that is late.
    if (!this.#isLinkUp || !this.#lease.isHeld) {
      this.#later.add(place);
      return;
    }
    if (this.#claims >= CLAIMS_AT_ONCE) {
      this.#toClaim.add(place);
      return;
    }
    const sent = place.claim.next(this.identity, here, () => ++this.#serial);
    if (!sent) return;
    this.#claims++;
    const claiming = this.#options.store.claim(place.ref, sent.identity, sent.change).then(
      (outcome) => this.#claimed(place, outcome),
      (error: unknown) => this.#claimFailed(place, sent.identity, error),
    );
    void claiming.finally(() => {
      this.#claims--;
      this.#claimMore();
    });
  }

  #claimMore(): void {
    for (const place of this.#toClaim) {
      if (this.#claims >= CLAIMS_AT_ONCE) return;
      this.#toClaim.delete(place);
      if (this.#places.get(place.key) === place) this.#claim(place, this.#options.hub.here(place.ref));
    }
  }

  #claimed(place: TrackedPlace, outcome: ClaimOutcome): void {
    place.claim.answered(this.identity);
    this.#hear(place, outcome.version);
    this.#onOutcome(place.ref, outcome);
    this.changed(place.ref);
  }

  #claimFailed(place: TrackedPlace, identity: Identity, error: unknown): void {
    const isLeaseOver = error instanceof LeaseOverError;
    // A change whose lease was over was not made by an earlier sending either: that one would have been answered for.
    place.claim.failed(isLeaseOver);
    this.#later.add(place);
    if (!isLeaseOver) this.#options.onError(error);
    else if (identity === this.identity) void this.#lease.renew();
  }

  // --- what the store says about lives

  #rollTaken(roll: Roll): void {
    const unreaped = roll.unreaped.filter((dead) => !this.#isInDoubt(dead));
    this.#reaper.consider(unreaped, () => this.identity);
    if (!this.#hadLease) this.#flushLate();
    this.#hadLease = this.#lease.isHeld;
  }

  /** What a former life of this node did must be heard of before the end of it. */
  #isInDoubt(dead: Identity): boolean {
    if (nodeIdOf(dead) !== this.#options.nodeId) return false;
    return [...this.#places.values()].some(({ claim }) => claim.claimant === dead);
  }

  #claimsLost(reason: "fenced" | "forgotten"): void {
    if (reason === "fenced") this.#options.onFenced?.();
    for (const { claim } of this.#places.values()) {
      if (reason === "fenced") claim.restart();
      else claim.distrust();
    }
    this.#resync();
  }

  #recount(identities: readonly Identity[]): void {
    for (const place of this.#places.values()) {
      for (const identity of identities) this.#tell(place, place.view.replica.recount(identity));
    }
  }

  // --- setting right

  /** Claims and reads everything anew, beginning at a moment of this node's own. */
  #resync(): void {
    for (const { claim } of this.#places.values()) claim.distrust();
    this.#cancelResync();
    this.#cancelResync = this.#options.timers.after(this.#options.random() * RESYNC_SPREAD_MS, () => {
      for (const place of this.#places.values()) {
        this.#toRead.add(place);
        this.changed(place.ref);
      }
      this.#readMore();
    });
  }

  #tick(): void {
    this.#cancelTick = this.#options.timers.after(TICK_MS, () => this.#tick());
    this.#hadLease = this.#lease.isHeld;
    this.#flushLate();
    for (const place of this.#unsure) {
      const { view } = place;
      view.check();
      if (view.isStale) this.#readAgain(place);
      else this.#sureAgain(place);
    }
    if (this.#isLinkUp) void this.#auditSome();
  }

  #flushLate(): void {
    const late = [...this.#later];
    this.#later.clear();
    for (const place of late) {
      if (this.#places.get(place.key) === place) this.#claim(place, this.#options.hub.here(place.ref));
    }
  }

  #hear(place: TrackedPlace, version: number): void {
    place.view.hear(version);
    if (place.view.isBehind) this.#doubt(place);
  }

  /** A place that was closed since needs to be right no more. */
  #doubt(place: TrackedPlace): void {
    if (this.#places.get(place.key) === place) this.#unsure.add(place);
  }

  #sureAgain(place: TrackedPlace): void {
    const { isStale, isReading, isBehind } = place.view;
    if (!isStale && !isReading && !isBehind) this.#unsure.delete(place);
  }

  async #auditSome(): Promise<void> {
    const audited: TrackedPlace[] = [];
    this.#audit ??= this.#places.values();
    while (audited.length < AUDITED_A_SECOND) {
      const { value, done } = this.#audit.next();
      if (done) {
        this.#audit = undefined;
        break;
      }
      audited.push(value);
    }
    if (audited.length === 0) return;
    const known = audited.map(({ view }) => view.replica.version ?? 0);
    try {
      const versions = await this.#options.store.versions(audited.map(({ ref }) => ref));
      for (const [index, place] of audited.entries()) {
        const version = versions[index] ?? 0;
        this.#hear(place, version);
        // The place was forgotten since: nobody is there, and the message that said so never came.
        if (version < (known[index] ?? 0)) this.#readAgain(place);
      }
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Resolves when the store has what is here, or cannot be told within some seconds. */
  #settled(): Promise<void> {
    const { timers, hub } = this.#options;
    const endsAtMs = timers.nowMs() + STOPPING_MS;
    for (const { ref } of this.#places.values()) this.changed(ref);
    return new Promise((resolve) => {
      const look = (): void => {
        this.#flushLate();
        const isSettled = [...this.#places.values()].every(
          ({ claim, ref }) => !claim.differsFrom(hub.here(ref)),
        );
        if (isSettled || timers.nowMs() >= endsAtMs) resolve();
        else timers.after(10, look);
      };
      timers.soon(look);
    });
  }
}

/** Most changes mean nothing to the cluster as a whole. */
function notable(onOutcome: PlacesOptions["onOutcome"]): PlacesOptions["onOutcome"] {
  return (ref, outcome) => {
    const { becameOccupied, becameVacant, membersAdded, membersRemoved } = outcome;
    if (becameOccupied || becameVacant || membersAdded.length > 0 || membersRemoved.length > 0) {
      onOutcome(ref, outcome);
    }
  };
}
