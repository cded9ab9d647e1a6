/** What became of a request that sent events under a key of its sender's. */
interface Publish {
  /** Of what was sent; another one under the same key is another request. */
  readonly fingerprint: string;
  /** What the request was answered with, as the server keeps it. */
  readonly answer: unknown;
  readonly expiresAtMs: number;
}

/** How a request under a key stands to those before it. */
export type PublishSeen =
  | { readonly kind: "new" }
  | { readonly kind: "repeated"; readonly answer: unknown }
  | { readonly kind: "different" };

const NEW: PublishSeen = { kind: "new" };

/** The keys under which one app's servers have lately sent events. Bounded: the oldest gives way. */
export class RecentPublishes {
  readonly #maxEntries: number;
  readonly #lifetimeMs: number;
  // Each lives equally long, so that the order of writing is the order of expiry.
  readonly #publishes = new Map<string, Publish>();

  constructor(maxEntries: number, lifetimeMs: number) {
    this.#maxEntries = maxEntries;
    this.#lifetimeMs = lifetimeMs;
  }

  get size(): number {
    return this.#publishes.size;
  }

  find(key: string, fingerprint: string, nowMs: number): PublishSeen {
    const publish = this.#publishes.get(key);
    if (!publish || publish.expiresAtMs <= nowMs) return NEW;
    if (publish.fingerprint !== fingerprint) return { kind: "different" };
    return { kind: "repeated", answer: publish.answer };
  }

  /** Call it for what has had an effect, and nothing else: what was refused may be tried again. */
  remember(key: string, fingerprint: string, answer: unknown, nowMs: number): void {
    this.#publishes.delete(key);
    this.#publishes.set(key, { fingerprint, answer, expiresAtMs: nowMs + this.#lifetimeMs });
    if (this.#publishes.size <= this.#maxEntries) return;
    for (const oldest of this.#publishes.keys()) {
      this.#publishes.delete(oldest);
      return;
    }
  }

  purge(nowMs: number): void {
    for (const [key, { expiresAtMs }] of this.#publishes) {
      if (expiresAtMs > nowMs) return;
      this.#publishes.delete(key);
    }
  }
}
