import type Pusher from "pusher-js";
import type { Channel } from "pusher-js";
import { PATIENCE_MS, within } from "../support/time-limit.ts";

/** Anything of pusher-js that emits events: a client, its connection, a channel, its user. */
interface Emitter {
  bind(event: string, callback: (data: never, metadata?: never) => void): unknown;
  unbind(event: string, callback: (data: never, metadata?: never) => void): unknown;
}

/** Resolves with the data of the next event of this name. Call it before whatever causes the event. */
export function eventOf<T = unknown>(emitter: Emitter, event: string, ms = PATIENCE_MS): Promise<T> {
  return eventWithMetadata<T>(emitter, event, ms).then(({ data }) => data);
}

export function eventWithMetadata<T = unknown>(
  emitter: Emitter,
  event: string,
  ms = PATIENCE_MS,
): Promise<{ readonly data: T; readonly metadata: { readonly user_id?: string } | undefined }> {
  const { promise, resolve } = Promise.withResolvers<{
    data: T;
    metadata: { user_id?: string } | undefined;
  }>();
  const callback = (data: T, metadata?: { user_id?: string }) => {
    emitter.unbind(event, callback as never);
    resolve({ data, metadata });
  };
  emitter.bind(event, callback as never);
  return within(ms, promise, () => `no ${event}`);
}

/** A frame as pusher-js decoded it, before any channel has looked at it. */
export interface ReceivedFrame {
  readonly event: string;
  readonly channel?: string;
  readonly data: unknown;
}

/** Resolves with the next frame of this event, whichever channel it is for. */
export function frameOf(pusher: Pusher, event: string): Promise<ReceivedFrame> {
  return firstOf<ReceivedFrame>(pusher.connection, "message", (frame) => frame.event === event, event);
}

/** Resolves once the server says that the channel has this many connections. */
export async function countOf(channel: Channel, count: number): Promise<void> {
  await firstOf<{ readonly subscription_count: number }>(
    channel,
    "pusher:subscription_count",
    ({ subscription_count }) => subscription_count === count,
    `count of ${count}`,
  );
}

async function firstOf<T>(
  emitter: Emitter,
  event: string,
  isWanted: (data: T) => boolean,
  what: string,
): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const callback = (data: T) => {
    if (isWanted(data)) resolve(data);
  };
  emitter.bind(event, callback);
  try {
    return await within(PATIENCE_MS, promise, () => `no ${what}`);
  } finally {
    emitter.unbind(event, callback);
  }
}

/** Resolves once the connection is in this state; at once when it is already. */
export async function stateOf(pusher: Pusher, state: string, ms = PATIENCE_MS): Promise<void> {
  if (pusher.connection.state !== state) await eventOf(pusher.connection, state, ms);
}

/** Resolves with what the channel's success handlers get; at once, with nothing, when it is subscribed already. */
export async function subscribed<T = unknown>(channel: Channel): Promise<T | undefined> {
  if (channel.subscribed) return undefined;
  const failure = eventOf(channel, "pusher:subscription_error").then((error) => {
    throw new Error(`${channel.name} was refused: ${JSON.stringify(error)}`);
  });
  // Loses the race in the ordinary case, and then nobody hears that it never came.
  failure.catch(() => {});
  return (await Promise.race([eventOf<T>(channel, "pusher:subscription_succeeded"), failure])) as T;
}

/** Notes every event of a channel, its protocol's own ones left out. */
export function record(channel: Channel): [event: string, data: unknown][] {
  const events: [string, unknown][] = [];
  channel.bind_global((event: string, data: unknown) => {
    if (!event.startsWith("pusher")) events.push([event, data]);
  });
  return events;
}
