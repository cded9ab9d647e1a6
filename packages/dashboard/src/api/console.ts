import type { ConsoleBatchAnswer, ConsoleEntryAnswer } from "@usher/server/admin-types";
import { appPath } from "./apps.ts";
import { every } from "./every.ts";
import { API } from "./place.ts";
import { queryString } from "./request.ts";

export type ConsoleEntry = ConsoleEntryAnswer;

export type ConsoleBatch = ConsoleBatchAnswer;

export type EntryType = ConsoleEntry["type"];

export const ENTRY_TYPES = every<EntryType>({
  connected: true,
  disconnected: true,
  signed_in: true,
  subscribed: true,
  unsubscribed: true,
  refused: true,
  grants_ended: true,
  api_event: true,
  client_event: true,
  occupied: true,
  vacated: true,
  member_added: true,
  member_removed: true,
  cache_miss: true,
  webhook: true,
});

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
