import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type {
  ChannelAnswer,
  ChannelDetailAnswer,
  MemberAnswer,
  PastEventAnswer,
} from "@usher/server/admin-types";
import { appPath, type Items, type PageOf } from "./apps.ts";
import { queryString, request } from "./request.ts";

export type Channel = ChannelAnswer;

export type ChannelDetail = ChannelDetailAnswer;

export type Member = MemberAnswer;

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

export type PastEvent = PastEventAnswer;

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
