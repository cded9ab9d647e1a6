import { appPath } from "./apps.ts";
import { API } from "./place.ts";
import { queryString } from "./request.ts";

export const ENTRY_TYPES = [
  "connected",
  "disconnected",
  "signed_in",
  "subscribed",
  "unsubscribed",
  "refused",
  "grants_ended",
  "api_event",
  "client_event",
  "occupied",
  "vacated",
  "member_added",
  "member_removed",
  "cache_miss",
  "webhook",
] as const;

export type EntryType = (typeof ENTRY_TYPES)[number];

export interface ConsoleEntry {
  readonly id: number;
  readonly at: string;
  readonly type: EntryType;
  readonly channel?: string;
  readonly event?: string;
  readonly socket_id?: string;
  readonly user_id?: string;
  readonly client?: string;
  readonly address?: string;
  readonly secret_id?: string;
  readonly receivers?: number;
  readonly size?: number;
  readonly data?: string;
  readonly code?: string;
  readonly message?: string;
  readonly refusal_id?: string;
  readonly webhook_id?: string;
  readonly delivery_id?: string;
}

export interface ConsoleBatch {
  readonly entries: readonly ConsoleEntry[];
  readonly dropped: number;
}

/** What somebody wants to see: the server leaves the rest out. */
export interface ConsoleFilter {
  /** All of them when it is empty. */
  readonly types: readonly EntryType[];
  readonly query: string;
}

/** The same tail in a terminal. The token is named, never given. */
export function consoleAsCurl(appId: string, filter: ConsoleFilter): string {
  return `curl -sSN "${location.origin}${consoleUrl(appId, filter)}" -H "Authorization: Bearer $USHER_TOKEN"`;
}

export function consoleUrl(appId: string, { types, query }: ConsoleFilter): string {
  return `${API}${appPath(appId, "/console")}${queryString({ types: types.join(","), query })}`;
}
