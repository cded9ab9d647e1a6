// The shapes of pusher-js are spelled out here because 7.0, 7.6 and 8.6 export them under different names.

export interface BatchedAuthorizationOptions {
  /** Where the app's own server decides who may join what. */
  readonly endpoint: string;
  /** Sent with every request, after the socket id and the channels. */
  readonly params?: Fields;
  readonly headers?: Fields;
  /** Asked before every request; what they return wins over `params` and `headers`. */
  readonly paramsProvider?: () => Fields | Promise<Fields>;
  readonly headersProvider?: () => Fields | Promise<Fields>;
  /** How many channels one request may ask for; 50 unless given. */
  readonly maxBatch?: number;
  /** How long to collect channels after the first one; 0 collects what is asked in one go. */
  readonly delayMs?: number;
  /** For one request, providers and answer included; 10,000 unless given. */
  readonly timeoutMs?: number;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** `same-origin` unless given, which is what pusher-js itself does. */
  readonly credentials?: RequestCredentials;
  /**
   * Called after a 401 or 419, once for everything that waits for it; each channel is then asked for once more. Headers
   * that it resolves with are sent from then on and win over all others.
   */
  readonly refresh?: () => Promise<Fields | undefined> | Promise<void>;
  /** The class that the client was made of. Found by itself where a script tag has made it a global. */
  readonly Pusher?: PusherClass;
}

/** Names and values of parameters or headers. */
export type Fields = Readonly<Record<string, unknown>>;

/** What pusher-js needs to join the channel. */
export interface AuthorizationData {
  auth: string;
  channel_data?: string;
  shared_secret?: string;
}

/** What a refused channel gets. */
export interface AuthorizationError extends Error {
  /** The endpoint's for this channel, or for the whole request; 0 when no answer came. */
  readonly status: number;
}

/** Called with one of the two. */
export type AuthorizationCallback = (error: Error | null, data: AuthorizationData | null) => void;

export interface PusherClass {
  readonly instances: readonly PusherClient[];
}

export interface PusherClient {
  readonly config: object;
  readonly connection: { readonly state: string; readonly socket_id: string };
  channel(name: string): PusherChannel | undefined;
}

export interface PusherChannel {
  readonly name: string;
  readonly pusher: PusherClient;
  bind_global(callback: (event: string, data: unknown) => void): unknown;
  unbind_global(callback: (event: string, data: unknown) => void): unknown;
}
