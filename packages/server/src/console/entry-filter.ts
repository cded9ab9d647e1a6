import type { ConsoleEntry, EntryType } from "./console-entry.ts";

/** Is this an entry that a viewer wants? */
export type EntryFilter = (entry: ConsoleEntry) => boolean;

/** The fields that a query can name, with what they are called in it. */
const FIELDS: Readonly<Record<string, keyof ConsoleEntry>> = {
  type: "type",
  channel: "channel",
  event: "event",
  socket: "socketId",
  user: "userId",
  client: "client",
  address: "address",
  secret: "secretId",
  code: "code",
  webhook: "webhookId",
};

const SEARCHED: readonly (keyof ConsoleEntry)[] = [...Object.values(FIELDS), "message", "data"];

/**
 * The entries of some types that match every word of a query: `channel:private-*`, `user:7`, or a text that stands
 * anywhere. A minus before a word means that it must not match. Case does not count.
 *
 * @param types all of them when it is empty.
 */
export function entryFilter(types: readonly EntryType[], query: string): EntryFilter {
  const wanted = new Set(types);
  const words = query.split(/\s+/).filter(Boolean).slice(0, MOST_WORDS).map(wordFilter);
  return (entry) => (wanted.size === 0 || wanted.has(entry.type)) && words.every((matches) => matches(entry));
}

const MOST_WORDS = 20;

function wordFilter(word: string): EntryFilter {
  if (word.startsWith("-") && word.length > 1) {
    const matches = wordFilter(word.slice(1));
    return (entry) => !matches(entry);
  }
  const [, name = "", value = ""] = /^(\w+):(.+)$/.exec(word) ?? [];
  const field = FIELDS[name.toLowerCase()];
  return field ? fieldFilter(field, value.toLowerCase()) : textFilter(word.toLowerCase());
}

function fieldFilter(field: keyof ConsoleEntry, value: string): EntryFilter {
  const isPrefix = value.endsWith("*");
  const start = isPrefix ? value.slice(0, -1) : value;
  return (entry) => {
    const held = entry[field];
    if (held === undefined) return false;
    const text = String(held).toLowerCase();
    return isPrefix ? text.startsWith(start) : text === value;
  };
}

function textFilter(text: string): EntryFilter {
  return (entry) =>
    SEARCHED.some((field) => {
      const held = entry[field];
      return held !== undefined && String(held).toLowerCase().includes(text);
    });
}
