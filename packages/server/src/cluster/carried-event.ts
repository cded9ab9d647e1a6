import type { CarriedEvent, Place } from "@usher/hub";
import { isSocketId, parseChannelName, type SocketId, userChannel } from "@usher/protocol";

/** An event and the node that it comes from. */
export interface SentEvent {
  readonly nodeId: string;
  readonly event: MarkedEvent;
}

/** An event that its own node has to know again when it comes back: two may be alike in everything else. */
export interface MarkedEvent extends CarriedEvent {
  /** Of this one sending, in the whole cluster; left out for what never comes back. */
  readonly mark?: string;
}

/**
 * The text of an event between nodes: a JSON array, since there are many of them. Its place, and so its channel, is that of the
 * topic.
 */
export function encodeCarried({ nodeId, event }: SentEvent): string {
  const { message, exceptSocketId, order, isCached, mark } = event;
  const flags = (order === "shared" ? SHARED : 0) | (isCached ? CACHED : 0);
  return JSON.stringify([
    KIND,
    nodeId,
    flags,
    message.event,
    message.data,
    message.userId ?? null,
    exceptSocketId ?? null,
    ...(mark === undefined ? [] : [mark]),
  ]);
}

/** Undefined for what is no event. */
export function parseCarried(place: Place, text: string): SentEvent | undefined {
  const parts = parseArray(text);
  if (parts?.[0] !== KIND || parts.length < 7 || parts.length > 8) return undefined;
  const [, nodeId, flags, event, data, userId, except, mark] = parts;
  if (typeof nodeId !== "string" || typeof event !== "string" || typeof data !== "string") return undefined;
  if (typeof flags !== "number" || !isTextOrNull(userId) || !isTextOrNull(except)) return undefined;
  if (mark !== undefined && typeof mark !== "string") return undefined;
  const channel = channelOf(place);
  if (channel === undefined || (except !== null && !isSocketId(except))) return undefined;
  return {
    nodeId,
    event: {
      place,
      message: { kind: "event", event, channel, data, ...(userId === null ? {} : { userId }) },
      exceptSocketId: except === null ? undefined : (except as SocketId),
      order: (flags & SHARED) === 0 ? "any" : "shared",
      isCached: (flags & CACHED) !== 0,
      ...(mark === undefined ? {} : { mark }),
    },
  };
}

const KIND = "e";
const SHARED = 1;
const CACHED = 2;

/** Is this text one of an event, as far as can be told at a glance? */
export function isCarried(text: string): boolean {
  return text.startsWith(`["${KIND}",`);
}

function channelOf(place: Place): string | undefined {
  if (place.kind === "user") return userChannel(place.userId);
  const name = parseChannelName(place.channel, LONGEST_NAME);
  return name.ok ? name.value : undefined;
}

/** The sender has checked the name by its app's settings. */
const LONGEST_NAME = 10_000;

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function parseArray(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
