import type { App } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import type { ClusterChannel, ClusterReads } from "./cluster-reads.ts";
import type { HistoryBounds, SharedEvents } from "./events/shared-events.ts";
import type { PlaceRef, PlaceStore } from "./places/place-store.ts";
import type { Places } from "./places/places.ts";

export interface SharedReadsOptions {
  readonly places: Pick<Places, "isOpen" | "look">;
  readonly store: Pick<PlaceStore, "channelsOf">;
  readonly events: Pick<SharedEvents, "readCached" | "readHistory">;
  /** What the history of a channel keeps; undefined where it has none. */
  readonly boundsOf: (ref: PlaceRef) => HistoryBounds | undefined;
}

/** Reads from Redis what the nodes have together. */
export function sharedReads({ places, store, events, boundsOf }: SharedReadsOptions): ClusterReads {
  return {
    isOpen: (appId, channel) => places.isOpen(refOf(appId, channel)),
    async look(appId, channels) {
      const all = await places.look(channels.map((channel) => refOf(appId, channel)));
      return all.map(
        ({ subscriptions, members }): ClusterChannel => ({
          isOccupied: subscriptions > 0,
          userCount: members.size,
          subscriptionCount: subscriptions,
          members: new Map([...members].map(([userId, { userInfoJson }]) => [userId, userInfoJson ?? null])),
        }),
      );
    },
    channelsOf: (appId) => store.channelsOf(appId),
    cached: (appId, channel) => events.readCached(refOf(appId, channel)),
    async history(app: App, channel, afterSerial, limit) {
      const ref = refOf(app.id, channel);
      const bounds = boundsOf(ref);
      return bounds && events.readHistory(ref, bounds, afterSerial, limit);
    },
  };
}

function refOf(appId: string, channel: ChannelName): PlaceRef {
  return { appId, place: { kind: "channel", channel } };
}
