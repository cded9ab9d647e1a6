import type { ConsoleEntry, EntryType } from "../../api/console.ts";
import type { Tone } from "../../ui/badge.tsx";

interface Look {
  readonly title: string;
  readonly tone: Tone;
}

/** How each kind of entry is called and coloured. */
export const LOOKS: Readonly<Record<EntryType, Look>> = {
  connected: { title: "connected", tone: "good" },
  disconnected: { title: "disconnected", tone: "neutral" },
  signed_in: { title: "signed in", tone: "good" },
  subscribed: { title: "subscribed", tone: "good" },
  unsubscribed: { title: "unsubscribed", tone: "neutral" },
  refused: { title: "refused", tone: "bad" },
  grants_ended: { title: "taken back", tone: "warn" },
  api_event: { title: "API event", tone: "accent" },
  client_event: { title: "client event", tone: "accent" },
  occupied: { title: "occupied", tone: "neutral" },
  vacated: { title: "vacated", tone: "neutral" },
  member_added: { title: "member added", tone: "neutral" },
  member_removed: { title: "member removed", tone: "neutral" },
  cache_miss: { title: "cache miss", tone: "warn" },
  webhook: { title: "webhook", tone: "neutral" },
};

/** A webhook's colour tells whether it was taken. */
export function toneOf({ type, code = "" }: ConsoleEntry): Tone {
  if (type !== "webhook") return LOOKS[type].tone;
  return /^2\d\d$/.test(code) ? "good" : "bad";
}

/** One line that says what happened, besides its kind and channel. */
export function summaryOf(entry: ConsoleEntry): string {
  const { event, user_id, receivers, code, message, client } = entry;
  const parts = [
    event,
    user_id !== undefined && `user ${user_id}`,
    receivers !== undefined && `to ${receivers} ${receivers === 1 ? "connection" : "connections"}`,
    code,
    message,
    message === undefined && client,
  ];
  return parts.filter(Boolean).join(" · ");
}

const TIME = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** To the second, where the reader is. */
export function timeOf({ at }: ConsoleEntry): string {
  return TIME.format(new Date(at));
}

/** `.042` */
export function millisecondsOf({ at }: ConsoleEntry): string {
  return `.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;
}
