import { isJsonObject, type JsonObject } from "@usher/protocol";

/** What a webhook tells of, by its `name`. */
export type WebhookEvent =
  | { readonly name: "channel_occupied" | "channel_vacated" | "cache_miss"; readonly channel: string }
  | {
      readonly name: "member_added" | "member_removed";
      readonly channel: string;
      readonly user_id: string;
    }
  | {
      readonly name: "client_event";
      readonly channel: string;
      readonly event: string;
      /** As the client sent it: text, or the JSON of anything else. */
      readonly data: string;
      readonly socket_id: string;
      /** On presence channels only. */
      readonly user_id?: string;
    }
  | { readonly name: "subscription_count"; readonly channel: string; readonly subscription_count: number };

/** The event that a webhook's entry describes; undefined for kinds that are not known here and for ill-formed ones. */
export function parseWebhookEvent(entry: unknown): WebhookEvent | undefined {
  if (!isJsonObject(entry) || typeof entry.name !== "string" || !Object.hasOwn(FIELDS, entry.name)) {
    return undefined;
  }
  const fields = FIELDS[entry.name as WebhookEvent["name"]];
  return hasFields(entry, { channel: "string", ...fields }) ? (entry as unknown as WebhookEvent) : undefined;
}

const FIELDS: Readonly<Record<WebhookEvent["name"], Readonly<Record<string, "string" | "number">>>> = {
  channel_occupied: {},
  channel_vacated: {},
  cache_miss: {},
  member_added: { user_id: "string" },
  member_removed: { user_id: "string" },
  client_event: { event: "string", data: "string", socket_id: "string" },
  subscription_count: { subscription_count: "number" },
};

function hasFields(entry: JsonObject, fields: Readonly<Record<string, string>>): boolean {
  return Object.entries(fields).every(([name, type]) => typeof entry[name] === type);
}
