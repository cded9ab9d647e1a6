import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { appPath, type Items, type PageOf } from "./apps.ts";
import { queryString, request } from "./request.ts";

export interface Channel {
  readonly name: string;
  readonly subscription_count: number;
  /** Null for a channel that is no presence channel. */
  readonly user_count: number | null;
}

export interface ChannelDetail extends Channel {
  readonly cached: {
    readonly event: string;
    /** Characters of its data. */
    readonly size: number;
    readonly expires_at: string;
  } | null;
}

export interface Member {
  readonly user_id: string;
  readonly user_info: unknown;
  readonly connections: number;
}

const LIVE_MS = 2_000;

export function useChannels(appId: string, prefix: string, { cursor, limit }: PageOf) {
  return useQuery({
    queryKey: ["apps", appId, "channels", { prefix, cursor, limit }],
    queryFn: () =>
      request<Items<Channel>>("GET", appPath(appId, `/channels${queryString({ prefix, cursor, limit })}`)),
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
  });
}

/** Fails with `channel_not_found` while nobody is on it. */
export function useChannel(appId: string, channel: string) {
  return useQuery({
    queryKey: ["apps", appId, "channels", channel],
    queryFn: () => request<ChannelDetail>("GET", channelPath(appId, channel)),
    refetchInterval: LIVE_MS,
  });
}

export function useMembers(appId: string, channel: string, { cursor, limit }: PageOf) {
  return useQuery({
    queryKey: ["apps", appId, "channels", channel, "members", { cursor, limit }],
    queryFn: () =>
      request<Items<Member>>(
        "GET",
        `${channelPath(appId, channel)}/members${queryString({ cursor, limit })}`,
      ),
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
  });
}

function channelPath(appId: string, channel: string): string {
  return appPath(appId, `/channels/${encodeURIComponent(channel)}`);
}

export interface PastEvent {
  readonly serial: number;
  readonly name: string;
  /** `null` where the app does not have payloads shown. */
  readonly data: string | null;
  readonly size: number;
  readonly time: string;
}

interface PastEvents extends Items<PastEvent> {
  readonly epoch: string;
  readonly first_serial: number;
  /** 0 before the first event. */
  readonly last_serial: number;
}

const SHOWN_EVENTS = 20;

/** The last events of a channel that keeps them, the latest first. */
export function usePastEvents(appId: string, channel: string) {
  return useQuery({
    queryKey: ["apps", appId, "channels", channel, "events"],
    queryFn: async () => {
      const path = `${channelPath(appId, channel)}/events`;
      const { last_serial } = await request<PastEvents>("GET", `${path}?limit=1`);
      const cursor = Math.max(0, last_serial - SHOWN_EVENTS);
      const events = await request<PastEvents>(
        "GET",
        `${path}${queryString({ cursor, limit: SHOWN_EVENTS })}`,
      );
      return { ...events, items: events.items.toReversed() };
    },
    refetchInterval: LIVE_MS,
  });
}
