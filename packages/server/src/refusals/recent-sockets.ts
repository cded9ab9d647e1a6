import type { EngineHandlers, Socket } from "../edges/engine.ts";

/**
 * The connections that came or went last, for each app: where to look for the one that a stale signature was made for.
 * A fixed number of ids and no more, since it is written to whenever a client connects.
 */
export class RecentSockets {
  readonly #apps = new Map<string, Ring>();

  add(appId: string, socketId: string): void {
    const ring = this.#apps.get(appId) ?? { ids: [], next: 0 };
    if (ring.ids.length === 0) this.#apps.set(appId, ring);
    ring.ids[ring.next] = socketId;
    ring.next = (ring.next + 1) % KEPT;
  }

  /** The latest first, without repeats. */
  of(appId: string): readonly string[] {
    const { ids, next } = this.#apps.get(appId) ?? { ids: [], next: 0 };
    return [...new Set([...ids.slice(next), ...ids.slice(0, next)].toReversed())];
  }

  forget(appId: string): void {
    this.#apps.delete(appId);
  }
}

const KEPT = 24;

type SocketHandlers = Omit<EngineHandlers, "request" | "failed">;

/** The same handlers, with every connection remembered as it comes and as it goes. */
export function rememberSockets(handlers: SocketHandlers, recent: RecentSockets): SocketHandlers {
  const remember = ({ connection }: Socket) => {
    if (connection) recent.add(connection.state.app.id, connection.socketId);
  };
  return {
    ...handlers,
    opened(socket, opening) {
      handlers.opened(socket, opening);
      remember(socket);
    },
    closed(socket, code) {
      remember(socket);
      handlers.closed(socket, code);
    },
  };
}

interface Ring {
  readonly ids: string[];
  next: number;
}
