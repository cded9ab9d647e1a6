import type { ServerMessage } from "@usher/protocol";

export type EventMessage = Extract<ServerMessage, { kind: "event" }>;

export interface CachedEvent {
  readonly message: EventMessage;
  readonly expiresAtMs: number;
}

/** The last event that a server triggered on each cache channel of one app. Bounded: the oldest gives way. */
export class EventCache {
  readonly #maxEntries: number;
  // Kept in order of writing, so that the oldest comes first.
  readonly #entries = new Map<string, CachedEvent>();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(channel: string, nowMs: number): CachedEvent | undefined {
    const entry = this.#entries.get(channel);
    if (!entry || entry.expiresAtMs > nowMs) return entry;
    this.#entries.delete(channel);
    return undefined;
  }

  put(message: EventMessage, expiresAtMs: number): void {
    this.#entries.delete(message.channel);
    this.#entries.set(message.channel, { message, expiresAtMs });
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(channel: string): void {
    this.#entries.delete(channel);
  }

  /** Forgets what has expired. Stops at the first that has not: a changed lifetime may delay the rest, never keep it. */
  purge(nowMs: number): void {
    for (const [channel, entry] of this.#entries) {
      if (entry.expiresAtMs > nowMs) return;
      this.#entries.delete(channel);
    }
  }
}
