import type { EventToSend } from "../../api/events.ts";

/** An event as it stands in the form. */
export interface EventDraft {
  readonly kind: "api" | "client";
  /** Names with blanks or commas between; a client event has one. */
  readonly channels: string;
  readonly event: string;
  readonly data: string;
  readonly exceptSocketId: string;
  readonly userId: string;
  readonly wantsCounts: boolean;
}

export interface EventLimits {
  readonly dataBytes: number;
  readonly nameLength: number;
  readonly channels: number;
}

export const EMPTY_DRAFT: EventDraft = {
  kind: "api",
  channels: "",
  event: "",
  data: "{}",
  exceptSocketId: "",
  userId: "",
  wantsCounts: false,
};

export function draftOf(event: EventToSend): EventDraft {
  const { kind, event: name, data } = event;
  if (kind === "client") {
    return { ...EMPTY_DRAFT, kind, event: name, data, channels: event.channel, userId: event.userId ?? "" };
  }
  const { channels, exceptSocketId = "", wantsCounts } = event;
  return { ...EMPTY_DRAFT, event: name, data, channels: channels.join(", "), exceptSocketId, wantsCounts };
}

export function eventOf(draft: EventDraft): EventToSend {
  const { kind, event, data, wantsCounts } = draft;
  const channels = channelsOf(draft);
  if (kind === "client") {
    return { kind, channel: channels[0] ?? "", event, data, userId: given(draft.userId) };
  }
  return { kind, channels, event, data, exceptSocketId: given(draft.exceptSocketId), wantsCounts };
}

/** What keeps an event from being sent, by field; the server has the last word. Empty fields are no problem yet. */
export function problemsOf(
  draft: EventDraft,
  limits: EventLimits,
): Readonly<Partial<Record<keyof EventDraft, string>>> {
  const channels = channelsOf(draft);
  const isClient = draft.kind === "client";
  return {
    ...problem("channels", channels.length > limits.channels && `At most ${limits.channels} at once`),
    ...problem("channels", isClient && channels.length > 1 && "A client event goes to one channel"),
    ...problem(
      "channels",
      isClient &&
        channels.some((channel) => !/^(?:private|presence)-/.test(channel)) &&
        "Clients may only send on private and presence channels",
    ),
    ...problem("event", draft.event.length > limits.nameLength && `At most ${limits.nameLength} characters`),
    ...problem(
      "event",
      isClient && draft.event !== "" && !draft.event.startsWith("client-") && "Must begin with client-",
    ),
    ...problem("data", bytesOf(draft.data) > limits.dataBytes && "Larger than the app takes"),
  };
}

/** Is there enough of it to be sent? */
export function isComplete(draft: EventDraft): boolean {
  const needsUser = draft.kind === "client" && channelsOf(draft)[0]?.startsWith("presence-") === true;
  return channelsOf(draft).length > 0 && draft.event !== "" && (!needsUser || draft.userId !== "");
}

export function channelsOf({ channels }: EventDraft): readonly string[] {
  return [...new Set(channels.split(/[\s,]+/).filter(Boolean))];
}

/** In UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function given(text: string): string | undefined {
  return text.trim() === "" ? undefined : text.trim();
}

function problem(field: keyof EventDraft, text: string | false) {
  return text === false ? {} : { [field]: text };
}
