/**
 * What an app has taken back in advance: it outlives connections and restarts, and holds on every node.
 *
 * Plain data, so that two snapshots of an app can be compared.
 */
export type Restriction =
  | {
      /** Nobody may sign in or be a member under this user id. */
      readonly kind: "ban";
      readonly id: string;
      readonly userId: string;
      /** Milliseconds since 1970, when the ban ends by itself; `null` for never. */
      readonly untilMs: number | null;
      /** For the user; it is sent to whoever is turned away. */
      readonly reason: string | null;
    }
  | {
      /**
       * Signatures made before a moment count no more. A signature has no date, but it names a socket id, which is as old
       * as its connection: what is refused are signatures for connections opened at that moment or before.
       *
       * Both scopes `null`: the whole app. Both given: that user on that channel.
       */
      readonly kind: "notBefore";
      readonly id: string;
      readonly channel: string | null;
      readonly userId: string | null;
      /** Milliseconds since 1970. */
      readonly atMs: number;
    };
