import type { Place } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";

/** One life of one node: `<random id>.<epoch>`. An identity that was judged dead never lives again. */
export type Identity = string;

/** A place of one app. */
export interface PlaceRef {
  readonly appId: string;
  readonly place: Place;
}

/** What the store keeps of a node for people to look at. */
export interface NodeAbout {
  /** `host:port`; tells nodes apart to people. */
  readonly name: string;
  readonly version: string;
}

/** What one identity has at one place. An empty one (no subscriptions, no members) is none. */
export interface Claim {
  readonly subscriptions: number;
  /** User id to the JSON text of `user_info`, null where there is none. */
  readonly members: ReadonlyMap<string, string | null>;
}

export interface PlaceSnapshot {
  /** 0 for a place that was never claimed or is forgotten. */
  readonly version: number;
  /** Of every identity that claims something, live or not, the reader's own included. */
  readonly claims: ReadonlyMap<Identity, Claim>;
}

/** What one identity has, or what is different about it. */
interface ClaimNews {
  /** True: this is all that the identity has, and what it had besides is gone. False: the rest stays. */
  readonly isFull: boolean;
  readonly subscriptions: number;
  /** Members who came, or whose `user_info` changed. */
  readonly set: readonly (readonly [userId: string, infoJson: string | null])[];
  /** Members who went. Empty where `isFull`. */
  readonly gone: readonly string[];
}

export interface ClaimChange extends ClaimNews {
  /**
   * Tells the changes of one identity at one place apart; each is greater than those before. See `PlaceStore.claim`.
   */
  readonly serial: number;
}

/**
 * Published on the place's topic by the script that made the change, in the order of versions. A reaped claim is published
 * as a full one that is empty, in the name of the dead identity.
 */
export interface ClaimMessage extends ClaimNews {
  readonly version: number;
  /** The version before it; 0 where nobody claimed anything, so that it is all there is. */
  readonly follows: number;
  readonly identity: Identity;
}

/** What a change meant for the cluster: decided once, by the script that made it. */
export interface ClaimOutcome {
  /** Of the place, with the change in it. */
  readonly version: number;
  /** Nobody claimed anything at the place before, and now somebody does; or the other way round. */
  readonly becameOccupied: boolean;
  readonly becameVacant: boolean;
  /** User ids that no identity claimed before, and that none claims any more. */
  readonly membersAdded: readonly string[];
  readonly membersRemoved: readonly string[];
}

/** What the store says to a node that renews its lease. */
export interface Roll {
  /**
   * - `renewed`: the identity lives on.
   * - `registered`: the store did not know it: a new one, or the store has lost its memory and every claim with it.
   * - `fenced`: it was judged dead. Its claims count no more, and it must go on under a new epoch.
   */
  readonly standing: "renewed" | "registered" | "fenced";
  /** Every identity that lives, the caller's own included. */
  readonly alive: readonly Identity[];
  /** Identities that were judged dead, or left, whose claims are not all reaped yet. */
  readonly unreaped: readonly Identity[];
}

export interface ReapedPlace {
  readonly ref: PlaceRef;
  readonly outcome: ClaimOutcome;
}

export interface Reaped {
  readonly places: readonly ReapedPlace[];
  /** False where nothing is left that this caller is to reap; it need not call again. */
  readonly hasMore: boolean;
}

/**
 * Refused: the lease that the claim was made under has run out by the store's clock. Nothing has changed. The node renews,
 * learns whether it was fenced, and claims again.
 */
export class LeaseOverError extends Error {
  override readonly name = "LeaseOverError";
  readonly code = "lease_over";
}

/**
 * Where the nodes of a cluster put what they have, and read what the others have.
 *
 * - **Claims have one writer**: an identity changes its own, one change at a time for each place.
 * - **Versions**: every change of a place takes the next version and is published with it on the place's topic. When nobody
 *   claims anything and the place was forgotten, or when the store has lost something, numbering goes on *higher*, never lower
 *   (the store's clock in microseconds is a good start). Each change names the version that it follows: who knows of another
 *   one has a hole and reads again, unless it follows nothing and nothing is what they know of. A snapshot holds for itself:
 *   it is taken over even where its version is lower than what was known.
 * - **Leases** last 10 s by the store's own clock. `renew` alone judges: it declares dead, once and for good, who has not
 *   renewed for that long, *unless nobody at all has renewed for 6 s*, which means that the store was away and not the
 *   nodes: then every identity that was not judged before is given 10 s from then. A store whose clock has jumped finds the
 *   same (a last renewal long ago, or in the future), and does the same. The judged are remembered for a day.
 * - **Every promise settles**, within about five seconds, and rejects at once while the link is down. A rejected change may
 *   have happened all the same.
 */
export interface PlaceStore {
  /**
   * Tells that the node lives, and learns who else does. To be called every two seconds, one call at a time.
   * An identity that is not known and was not judged dead is registered.
   */
  renew(identity: Identity, about: NodeAbout): Promise<Roll>;

  /** Ends the lease now. What the identity still claims is `unreaped` from then on. */
  leave(identity: Identity): Promise<void>;

  /**
   * Listens to the place's topic, then reads: every change that is not in the snapshot arrives as a message, in order.
   * For a place that is listened to already it reads again.
   */
  open(ref: PlaceRef): Promise<PlaceSnapshot>;

  /** Listens no more. */
  close(ref: PlaceRef): Promise<void>;

  /**
   * Changes what an identity claims. All or nothing.
   *
   * - A change with the serial of the last one is answered with the outcome of that one and not made again, for at least a
   *   minute and whatever has become of the lease: so a change whose answer was lost is asked for again and its outcome is
   *   heard once. One with a lower serial is refused (an old command that arrives late).
   * - A change that the store executes after the lease had ended under which it was sent (by the store's clock: each sending
   *   carries the end of the lease as the last `renew` of the identity set it) is refused with `LeaseOverError`: so a node
   *   that was paused cannot write over what was reaped. One that is sent after a `renew` has said that the identity is
   *   fenced is always refused.
   * - A full change that equals what is claimed changes nothing; it may take a version or not.
   */
  claim(ref: PlaceRef, identity: Identity, change: ClaimChange): Promise<ClaimOutcome>;

  /**
   * Takes claims of a dead identity away, some hundred places a call. Each claim is taken away once, and its outcome is given
   * to every call (with the same version) until one says that it has been heard: so no outcome is lost with the answer or
   * with the reaper.
   *
   * @param reaper who asks, live or not. One at a time: the store turns others away (no places, `hasMore: false`) until the first has
   *   not called for some seconds.
   * @param heard the places that the caller's last call gave it. They are never given again.
   */
  reap(dead: Identity, reaper: Identity, heard: readonly PlaceRef[]): Promise<Reaped>;

  /** One cheap read, for places that are not open here; in the order of the refs. */
  look(refs: readonly PlaceRef[]): Promise<readonly PlaceSnapshot[]>;

  /** The versions of what `look` would read, which costs the same however much is claimed at a place. */
  versions(refs: readonly PlaceRef[]): Promise<readonly number[]>;

  /** Does an identity, live or not, claim something at the place, or with a user id this member? It costs as little. */
  isClaimed(ref: PlaceRef, userId: string | undefined): Promise<boolean>;

  /** The channels of an app where a live identity claims something. */
  channelsOf(appId: string): Promise<readonly ChannelName[]>;
}
