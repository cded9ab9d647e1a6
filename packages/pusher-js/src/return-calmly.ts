import type { Runtime } from "./runtime.ts";

export interface BackOff {
  /** Over how long the first way back is spread, in milliseconds; 500 unless given. Twice as long for each further one. */
  readonly baseMs: number;
  /** The longest that it is spread over, unless the server advises more; 30,000 unless given. */
  readonly maxMs: number;
}

/** A connection that lasted this long was none of a row of failures. */
const STABLE_MS = 30_000;
/** Whatever a server may say, nobody is to be gone for longer. */
const LONGEST_ADVICE_MS = 120_000;

interface Connection {
  bind(event: string, callback: (data: unknown) => void): unknown;
  /** Of pusher-js 7 and 8, though not in their types: comes back after a while. */
  retryIn?(delayMs: number): void;
}

/**
 * Spreads the ways back of clients that were cut off together: over half a second, over more and more when that keeps
 * happening, and over what a server advises that sends everybody away.
 *
 * Where a later pusher-js has no such place to do it, it returns as it does by itself.
 */
export function returnCalmly(
  connection: object,
  { baseMs = 500, maxMs = 30_000 }: Partial<BackOff>,
  runtime: Runtime,
): void {
  const link = connection as Connection;
  const retryIn = link.retryIn;
  if (!retryIn) return;
  let connectedAtMs = 0;
  let losses = 0;
  let advisedMs = 0;
  link.bind("connected", () => {
    connectedAtMs = runtime.Date.now();
  });
  link.bind("message", (frame) => {
    const { event, data } = frame as { event: string; data: { within_ms?: number } };
    if (event === "usher:reconnect") advisedMs = Math.min(data.within_ms || 0, LONGEST_ADVICE_MS);
  });
  link.retryIn = (delayMs) => {
    if (connectedAtMs && runtime.Date.now() - connectedAtMs >= STABLE_MS) losses = 0;
    connectedAtMs = 0;
    const spreadMs = Math.max(advisedMs, Math.min(maxMs, baseMs * 2 ** losses++));
    advisedMs = 0;
    retryIn.call(link, (delayMs || 0) + runtime.Math.random() * spreadMs);
  };
}
