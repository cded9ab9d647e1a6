/**
 * The idempotency keys of requests that send events, as all nodes of a cluster share them.
 *
 * A key is claimed before events are sent and settled afterwards. A claim that is never settled, since its node died, ends by
 * itself within seconds.
 */
export interface SharedKeys {
  /**
   * Claims a key. While another request has it that is not answered yet, this waits for that answer, for a moment.
   *
   * @param fingerprint of what is sent; another one under the same key is another request.
   * @returns never rejects.
   */
  claim(appId: string, key: string, fingerprint: string): Promise<KeyClaim>;
}

export type KeyClaim =
  | {
      /** The events are to be sent now, in the same turn of the loop, and then one of the two is called. */
      readonly kind: "first";
      /**
       * Resolves once every node has the answer, or cannot be told; never rejects. Whoever is answered before that may see
       * its node die, and have the repeat sent once more.
       *
       * @param answer what repeats are answered with; kept as JSON.
       */
      settle(answer: unknown): Promise<void>;
      /** There was no effect: the request may be tried again under its key. */
      release(): void;
    }
  | { readonly kind: "repeated"; readonly answer: unknown }
  | { readonly kind: "different" }
  /** The other request is still not answered. */
  | { readonly kind: "pending" }
  /** Nobody can tell: what is shared is out of reach. */
  | { readonly kind: "unavailable" };
