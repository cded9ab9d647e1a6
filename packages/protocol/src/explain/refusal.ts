/** A refused subscription to a private or presence channel. What the client sent is of whatever type it came in. */
export interface RefusedSubscription {
  readonly kind: "channel";
  /** The app that was asked; undefined where that is not known, as with a paste. */
  readonly appId: string | undefined;
  readonly socketId: string;
  readonly channel: string;
  readonly auth: unknown;
  readonly channelData: unknown;
  readonly isSignedIn: boolean;
  /** Other connections of the app, live or recent, that the signature may have been made for; the likeliest first. */
  readonly otherSocketIds: readonly string[];
  /** Other channels that the same connection asked for. */
  readonly otherChannels: readonly string[];
}

/** A refused sign-in. */
export interface RefusedSignin {
  readonly kind: "user";
  readonly appId: string | undefined;
  readonly socketId: string;
  readonly auth: unknown;
  readonly userData: unknown;
  readonly otherSocketIds: readonly string[];
}

/** A request that the HTTP API refused. */
export interface RefusedRequest {
  readonly kind: "request";
  /** As the path has it; undefined for a path without an app. */
  readonly appId: string | undefined;
  readonly method: string;
  /** As the server sees it, without the query. */
  readonly path: string;
  /** As it came, without the question mark. */
  readonly rawQuery: string;
  /** Undefined where it is not at hand: then nothing is said about it. */
  readonly body: Uint8Array | undefined;
  /** When the request came, in seconds since 1970; undefined for one of long ago, whose age is no fault. */
  readonly nowSeconds: number | undefined;
  readonly windowSeconds: number;
  /** Prefixes that a proxy may have taken from the path, such as `/realtime`. */
  readonly pathPrefixes: readonly string[];
}

export type Refusal = RefusedSubscription | RefusedSignin | RefusedRequest;
