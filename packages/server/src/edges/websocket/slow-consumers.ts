import type { Connection, Hub } from "@usher/hub";
import type { ApplyEffects } from "../../apply-effects.ts";
import type { Meters } from "../../metrics/meters.ts";
import type { Socket } from "../engine.ts";

export interface SlowConsumerOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly meters: Meters;
  readonly sockets: ReadonlyMap<Connection, Socket>;
  /** Past this many waiting bytes a connection is closed with 4100. */
  readonly maxBufferedBytes: number;
  /** Monotonic, in milliseconds. */
  readonly monotonicNow: () => number;
}

/** Looking at one socket takes well under a microsecond; at this price the look takes a twentieth of the time at most. */
const PAUSE_PER_SOCKET_MS = 0.001;

/**
 * Closes connections that do not keep up, with a code, long before the engine would cut them off without one.
 *
 * The engine does not tell which of a topic's sockets is behind, so all are looked at: after every quarter of the limit
 * that was published, which is the soonest a socket can have got from harmless to half way, and not so often that
 * looking becomes the work.
 */
export function slowConsumerScan(options: SlowConsumerOptions): () => void {
  const { hub, apply, meters, sockets, maxBufferedBytes, monotonicNow } = options;
  let notBeforeMs = 0;
  return () => {
    if (meters.publishedBytesSinceScan < maxBufferedBytes / 4) return;
    const nowMs = monotonicNow();
    if (nowMs < notBeforeMs) return;
    meters.publishedBytesSinceScan = 0;
    notBeforeMs = nowMs + sockets.size * PAUSE_PER_SOCKET_MS;
    for (const [connection, socket] of sockets) {
      const bufferedBytes = socket.bufferedBytes();
      if (bufferedBytes > maxBufferedBytes) apply(hub.close(connection, "slow_consumer", { bufferedBytes }));
    }
  };
}
