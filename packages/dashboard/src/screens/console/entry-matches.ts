import type { ConsoleEntry, ConsoleFilter } from "../../api/console.ts";

/** The fields that a query can name. What each finds is the server's to say: a test holds this against it. */
export const QUERY_FIELDS: Readonly<Record<string, keyof ConsoleEntry>> = {
  type: "type",
  channel: "channel",
  event: "event",
  socket: "socket_id",
  user: "user_id",
  client: "client",
  address: "address",
  secret: "secret_id",
  code: "code",
  webhook: "webhook_id",
};

const SEARCHED: readonly (keyof ConsoleEntry)[] = [...Object.values(QUERY_FIELDS), "message", "data"];
const MOST_WORDS = 20;

/** Would the server send this entry to whoever has this filter? For those that are here when the filter changes. */
export function entryMatches({ types, query }: ConsoleFilter): (entry: ConsoleEntry) => boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  return (entry) =>
    (types.length === 0 || types.includes(entry.type)) && words.every((word) => fits(entry, word));
}

function fits(entry: ConsoleEntry, word: string): boolean {
  if (word.startsWith("-") && word.length > 1) return !fits(entry, word.slice(1));
  const [, name = "", value = ""] = /^(\w+):(.+)$/.exec(word) ?? [];
  const field = QUERY_FIELDS[name];
  if (field) return fieldFits(entry[field], value);
  return SEARCHED.some((searched) => textOf(entry[searched])?.includes(word));
}

function fieldFits(held: string | number | undefined, value: string): boolean {
  const text = textOf(held);
  if (text === undefined) return false;
  return value.endsWith("*") ? text.startsWith(value.slice(0, -1)) : text === value;
}

function textOf(held: string | number | undefined): string | undefined {
  return held === undefined ? undefined : String(held).toLowerCase();
}
