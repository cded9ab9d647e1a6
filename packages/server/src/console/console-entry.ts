/** What kinds of things the debug console shows. */
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

/** One line of the debug console: what happened to an app on this node. Holds no secret and no signature. */
export interface ConsoleEntry {
  /** Counts up, for all apps together; tells entries of one moment apart. */
  readonly id: number;
  readonly atMs: number;
  readonly type: EntryType;
  readonly channel?: string;
  readonly event?: string;
  readonly socketId?: string;
  readonly userId?: string;
  /** The client library. */
  readonly client?: string;
  readonly address?: string;
  /** The secret that signed, by its id. */
  readonly secretId?: string;
  /** How many connections an event went to. */
  readonly receivers?: number;
  /** Length of an event's data in UTF-16 units: what its text measures, not what it weighs on the wire. */
  readonly size?: number;
  /** An event's data, where the app lets it be seen. */
  readonly data?: string;
  /** A close code, a refusal's code, or a webhook's status. */
  readonly code?: string;
  /** In words, why. */
  readonly message?: string;
  /** Names the refusal for the auth doctor. */
  readonly refusalId?: string;
  /** The webhook endpoint that was sent something. */
  readonly webhookId?: string;
  /** What it was sent. */
  readonly deliveryId?: string;
}

/** An entry as its source knows it. */
export type EntryContent = Omit<ConsoleEntry, "id" | "atMs">;
