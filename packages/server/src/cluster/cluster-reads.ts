import type { App, CachedEvent, ChannelInfo, HistoryPage } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";

/**
 * What the nodes of a cluster have together, for whoever asks about channels that are not open on this node. Of those that are,
 * the hub knows all there is to know.
 *
 * Each question is one cheap read of what is shared; no node is asked. All reject while that is out of reach.
 */
export interface ClusterReads {
  isOpen(appId: string, channel: ChannelName): boolean;
  /** In the order of the channels. */
  look(appId: string, channels: readonly ChannelName[]): Promise<readonly ClusterChannel[]>;
  /** The channels that somebody is on. */
  channelsOf(appId: string): Promise<readonly ChannelName[]>;
  /** The event for newcomers of a cache channel. */
  cached(appId: string, channel: ChannelName): Promise<CachedEvent | undefined>;
  /** Up to so many events after a serial; undefined where the channel has no history. */
  history(
    app: App,
    channel: ChannelName,
    afterSerial: number,
    limit: number,
  ): Promise<HistoryPage | undefined>;
}

/** A channel as all nodes together have it. */
export interface ClusterChannel extends ChannelInfo {
  /** User id to the JSON text of `user_info`, null where there is none; empty for all but presence channels. */
  readonly members: ReadonlyMap<string, string | null>;
}
