import {
  type AppState,
  type CachedEvent,
  type ChannelInfo,
  channelInfo,
  type Hub,
  occupiedChannels,
} from "@usher/hub";
import { type ChannelName, channelTraits } from "@usher/protocol";
import type { ClusterChannel, ClusterReads } from "./cluster-reads.ts";

/** What can be told of an app's channels at one moment. */
export interface ChannelView {
  info(name: ChannelName): ChannelInfo;
  /** Every occupied channel whose name begins with the prefix. */
  occupied(prefix: string): ReadonlyMap<ChannelName, ChannelInfo>;
  /** Of a presence channel; empty for any other. */
  userIds(name: ChannelName): readonly string[];
  /** One of the users of a presence channel. */
  member(name: ChannelName, userId: string): ViewedMember;
  cached(name: ChannelName): CachedEvent | undefined;
}

export interface ViewedMember {
  readonly userId: string;
  /** JSON, as the app's server gave it; null where it gave none. */
  readonly userInfoJson: string | null;
  /** To this node. */
  readonly connections: number;
}

/** What somebody is going to ask of a view. */
type ViewOf =
  | { readonly channels: readonly ChannelName[]; readonly isCacheWanted: boolean }
  | { readonly prefix: string; readonly areCountsWanted: boolean };

export interface ViewContext {
  readonly hub: Hub;
  readonly nowMs: number;
  /** Undefined where this node is all there is. */
  readonly reads: ClusterReads | undefined;
}

/** Answers from a view of an app's channels: at once, unless something has to be read for it. */
export function answerFromView<Answer>(
  appId: string,
  wanted: ViewOf,
  { hub, nowMs, reads }: ViewContext,
  answer: (view: ChannelView) => Answer,
): Answer | Promise<Answer> {
  const here = viewHere(hub.stateOf(appId), nowMs);
  if (!reads) return answer(here);
  const view = viewEverywhere(here, reads, appId, wanted);
  return view instanceof Promise ? view.then(answer) : answer(view);
}

/** As far as this node knows, which for channels that are open here is everything. */
function viewHere(state: AppState | undefined, nowMs: number): ChannelView {
  const rosterOf = (name: ChannelName) =>
    state?.channels.get(name)?.roster ?? state?.places?.channels.get(name)?.roster;
  return {
    info: (name) => channelInfo(state, name),
    occupied: (prefix) => occupiedChannels(state, prefix),
    userIds: (name) => rosterOf(name)?.userIds() ?? [],
    member(name, userId) {
      const found = rosterOf(name)?.find(userId);
      const { userInfoJson = null } = found?.member ?? {};
      return { userId, userInfoJson, connections: found?.connections ?? 0 };
    },
    cached: (name) => state?.cache.get(name, nowMs),
  };
}

/**
 * The same with what other nodes have on channels that are not open here.
 *
 * @returns at once where nothing has to be read. Never rejects: what is out of reach is left out.
 */
function viewEverywhere(
  here: ChannelView,
  reads: ClusterReads,
  appId: string,
  wanted: ViewOf,
): ChannelView | Promise<ChannelView> {
  if ("prefix" in wanted) return viewOfPrefix(here, reads, appId, wanted.prefix, wanted.areCountsWanted);
  const names = wanted.channels.filter((name) => !reads.isOpen(appId, name));
  return names.length === 0 ? here : viewOfChannels(here, reads, appId, names, wanted.isCacheWanted);
}

async function viewOfChannels(
  here: ChannelView,
  reads: ClusterReads,
  appId: string,
  names: readonly ChannelName[],
  isCacheWanted: boolean,
): Promise<ChannelView> {
  const caches = isCacheWanted ? names.filter((name) => channelTraits(name).isCache) : [];
  const [found, cached] = await Promise.all([
    reads.look(appId, names).catch(() => NOTHING),
    Promise.all(caches.map((name) => reads.cached(appId, name).catch(() => here.cached(name)))),
  ]);
  const channels = byName(names, found);
  const events = byName(caches, cached);
  return {
    ...here,
    info: (name) => channels.get(name) ?? here.info(name),
    userIds: (name) => [...(channels.get(name)?.members.keys() ?? here.userIds(name))],
    member(name, userId) {
      const info = channels.get(name)?.members.get(userId);
      return info === undefined ? here.member(name, userId) : { userId, userInfoJson: info, connections: 0 };
    },
    cached: (name) => (events.has(name) ? events.get(name) : here.cached(name)),
  };
}

async function viewOfPrefix(
  here: ChannelView,
  reads: ClusterReads,
  appId: string,
  prefix: string,
  areCountsWanted: boolean,
): Promise<ChannelView> {
  const known = here.occupied(prefix);
  const names = (await reads.channelsOf(appId).catch(() => [])).filter(
    (name) => name.startsWith(prefix) && !known.has(name) && !reads.isOpen(appId, name),
  );
  const counted = areCountsWanted && names.length > 0;
  const found = counted ? await reads.look(appId, names).catch(() => NOTHING) : NOTHING;
  const others = names.map((name, index) => [name, found[index] ?? UNCOUNTED] as const);
  // It may have been left between the two reads.
  const occupied = new Map([...known, ...others.filter(([, { isOccupied }]) => isOccupied)]);
  return { ...here, occupied: () => occupied };
}

const NOTHING: readonly ClusterChannel[] = [];
const UNCOUNTED: ChannelInfo = { isOccupied: true, userCount: 0, subscriptionCount: 0 };

function byName<Value>(names: readonly ChannelName[], values: readonly Value[]): Map<ChannelName, Value> {
  return new Map(names.slice(0, values.length).map((name, index) => [name, values[index] as Value]));
}
