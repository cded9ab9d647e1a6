import { channelTraits, userChannel } from "@usher/protocol";
import { channelSharedSecretBytes, type SignedUser, signChannel, signUser } from "./authorize-channel.ts";
import { toBase64, toHex } from "./bytes.ts";
import {
  type ChannelHistory,
  decodeHistory,
  type HistoryOptions,
  historyRequest,
} from "./channel-history.ts";
import { checkUserData, checkUserId } from "./check-parameters.ts";
import { type EventToEncode, encodeBatch, encodeTrigger, encodeUserEvent } from "./encode-event.ts";
import type {
  AnyEvents,
  BatchEvent,
  ChannelOf,
  DataOf,
  EventMap,
  EventOf,
  UserDataOf,
  UserEventOf,
} from "./event-types.ts";
import { decodeRevocation, encodeRevocation, type GrantsRevoked, type GrantsToRevoke } from "./grants.ts";
import { clusterHost, optionsFromUrl, resolveOptions, type Settings, type UsherOptions } from "./options.ts";
import { ParameterError } from "./parameter-error.ts";
import { RequestError } from "./request-error.ts";
import { sendRequest } from "./send-request.ts";
import { type QueryParams, type RequestToSign, signedQueryString } from "./signed-query.ts";
import { Token } from "./token.ts";
import { type VerifiedWebhook, type VerifyWebhookOptions, verifyWebhook } from "./verify-webhook.ts";
import { WebHook, type WebhookRequest } from "./webhook.ts";
import { WebHookError } from "./webhook-error.ts";

/** Besides `socket_id` and `info`, whatever a server understands goes into the body as it is. */
export interface TriggerParams extends RequestOptions {
  /** The connection that is not to receive the event: the one that caused it. */
  readonly socket_id?: string | undefined;
  /** What to answer about the channels, comma-separated: `user_count`, `subscription_count`. */
  readonly info?: string | undefined;
  readonly [parameter: string]: unknown;
}

export interface RequestOptions {
  /** Ends the request and its retries. */
  readonly signal?: AbortSignal | undefined;
}

export interface GetOptions extends RequestOptions {
  /** After `/apps/{id}`, such as `/channels`. */
  readonly path: string;
  readonly params?: QueryParams | undefined;
}

export interface PostOptions extends GetOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Who joins a presence channel. */
export interface PresenceChannelData {
  readonly user_id: string | number;
  /** What the other members learn about them. */
  readonly user_info?: object | undefined;
}

/** Who signs in. */
export interface UserChannelData {
  readonly id: string;
  readonly user_info?: object | undefined;
  /** Users whose coming and going they are told of. */
  readonly watchlist?: readonly string[] | undefined;
}

/** What an authorization endpoint answers, as JSON. */
export interface ChannelAuthorization {
  readonly auth: string;
  readonly channel_data?: string;
  /** On encrypted channels: the key, in base64. It stays with the client. */
  readonly shared_secret?: string;
}

export interface WebhookFunction {
  /** A webhook to look into after `await isValid()`, from the headers and the body as they came in. */
  (request: WebhookRequest): WebHook;
  /** A webhook from a web-standard request, verified, with its events in types. @throws WebHookError for any other. */
  verify(request: Request, options?: VerifyWebhookOptions): Promise<VerifiedWebhook>;
}

/**
 * An app on a server: triggers its events, signs for its clients, asks about its channels, believes its webhooks.
 *
 * Every method that signs or sends returns a promise and reports what is wrong by rejecting it.
 *
 * @typeParam Events which events there are on which channels; see `EventMap`. Any, unless given.
 */
export class Usher<Events extends EventMap<Events> = AnyEvents> {
  static readonly Token: typeof Token = Token;
  static readonly RequestError: typeof RequestError = RequestError;
  static readonly WebHookError: typeof WebHookError = WebHookError;

  readonly webhook: WebhookFunction;
  readonly #settings: Settings;

  /** @throws ParameterError for options that cannot work. */
  constructor(options: UsherOptions) {
    const settings = resolveOptions(options);
    this.#settings = settings;
    this.webhook = Object.assign((request: WebhookRequest) => new WebHook(settings.token, request), {
      verify: (request: Request, verifyOptions: VerifyWebhookOptions = {}) =>
        verifyWebhook(settings.token, request, verifyOptions, settings.now()),
    });
  }

  /** @param url `scheme://key:secret@host:port/apps/id`. */
  static forURL<Events extends EventMap<Events> = AnyEvents>(
    url: string,
    options: Partial<UsherOptions> = {},
  ): Usher<Events> {
    // `this`, as the class of the encrypted entry point makes one of its own kind.
    return new this<Events>({ ...options, ...optionsFromUrl(url) });
  }

  /** For the hosted service. */
  static forCluster<Events extends EventMap<Events> = AnyEvents>(
    cluster: string,
    options: UsherOptions,
  ): Usher<Events> {
    return new this<Events>({ ...options, host: clusterHost(cluster) });
  }

  /**
   * Triggers an event on one channel or up to 100.
   *
   * @param data text is sent as it is, anything else as JSON.
   * @param params a string is the `socket_id` that is left out.
   */
  async trigger<Channel extends ChannelOf<Events>, Name extends EventOf<Events, Channel>>(
    channels: Channel | readonly Channel[],
    event: Name,
    data: DataOf<Events, Channel, Name>,
    params?: TriggerParams | string | null,
  ): Promise<Response> {
    const { signal, ...others } = typeof params === "string" ? { socket_id: params } : (params ?? {});
    const list: readonly string[] = Array.isArray(channels) ? channels : [channels];
    const body = await encodeTrigger(list, event, data, others, this.#settings);
    return this.#publish("/events", body, { signal });
  }

  /** Triggers several events at once, each on one channel. */
  async triggerBatch(batch: readonly BatchEvent<Events>[], options: RequestOptions = {}): Promise<Response> {
    const body = await encodeBatch(batch as readonly EventToEncode[], this.#settings);
    return this.#publish("/batch_events", body, options);
  }

  /** Sends an event to a user, on all connections on which they are signed in. */
  async sendToUser<Name extends UserEventOf<Events>>(
    userId: string,
    event: Name,
    data: UserDataOf<Events, Name>,
    options: RequestOptions = {},
  ): Promise<Response> {
    checkUserId(userId);
    return this.#publish("/events", encodeUserEvent(userChannel(userId), event, data), options);
  }

  /** Closes all connections on which a user is signed in. They stay closed until the client connects again. */
  async terminateUserConnections(userId: string, options: RequestOptions = {}): Promise<Response> {
    checkUserId(userId);
    return this.#send(`/users/${encodeURIComponent(userId)}/terminate_connections`, "{}", options);
  }

  /**
   * Takes grants back: ends subscriptions and sign-ins now, bans a user, or has older signatures refused.
   *
   * An extension of Usher's; other servers answer 404, which rejects with a `RequestError`.
   */
  async revokeGrants(grants: GrantsToRevoke, options: RequestOptions = {}): Promise<GrantsRevoked> {
    const answer = await this.#send("/grants/revoke", encodeRevocation(grants), options);
    return decodeRevocation(await answer.text());
  }

  /**
   * Reads the events that a channel keeps, oldest first, in pages.
   *
   * An extension of Usher's, for channels that the app's setting `history_prefixes` covers; other servers answer with an
   * error.
   */
  async channelEvents(channel: string, options: HistoryOptions = {}): Promise<ChannelHistory> {
    const answer = await this.get({ ...historyRequest(channel, options), signal: options.signal });
    return decodeHistory(await answer.text());
  }

  /**
   * Signs that a connection may join a channel: what an authorization endpoint answers, once it knows that this user may.
   *
   * @param data who joins, on a presence channel.
   */
  async authorizeChannel(
    socketId: string,
    channel: string,
    data?: PresenceChannelData | object,
  ): Promise<ChannelAuthorization> {
    const { token, masterKey } = this.#settings;
    const channelData = data ? JSON.stringify(data) : undefined;
    const { key, secret } = token;
    const signed = await signChannel({ key, secret, socketId, channel, channelData });
    if (!channelTraits(channel).isEncrypted) return signed;
    if (masterKey) return { ...signed, shared_secret: toBase64(await this.channelSharedSecret(channel)) };
    throw new ParameterError(
      "encryption_unavailable",
      "Cannot generate shared_secret because encryptionMasterKeyBase64 is not set",
    );
  }

  /** @deprecated Use `authorizeChannel`, which is its name since users can sign in. */
  authenticate(
    socketId: string,
    channel: string,
    data?: PresenceChannelData | object,
  ): Promise<ChannelAuthorization> {
    return this.authorizeChannel(socketId, channel, data);
  }

  /** Signs that a connection is that of a user: what a user authentication endpoint answers. */
  async authenticateUser(socketId: string, userData: UserChannelData): Promise<SignedUser> {
    checkUserData(userData);
    const { key, secret } = this.#settings.token;
    return signUser({ key, secret, socketId, userData: JSON.stringify(userData) });
  }

  /** Asks the HTTP API: `get({ path: "/channels", params: { filter_by_prefix: "presence-" } })`. */
  async get({ path, params, signal }: GetOptions): Promise<Response> {
    return sendRequest(this.#settings, { method: "GET", path, params, signal });
  }

  /** Posts to the HTTP API, for what has no method here. */
  async post({ path, params, body, signal }: PostOptions): Promise<Response> {
    const text = body ? JSON.stringify(body) : undefined;
    return sendRequest(this.#settings, { method: "POST", path, params, body: text, signal });
  }

  /** The signed query of a request that something else sends. `path` is the whole one, `/apps/3/events`. */
  async createSignedQueryString(request: RequestToSign): Promise<string> {
    return signedQueryString(this.#settings.token, request, this.#settings.now());
  }

  /** The 32 bytes with which events on an encrypted channel are encrypted. */
  async channelSharedSecret(channel: string): Promise<Uint8Array> {
    const { masterKey } = this.#settings;
    if (masterKey) return channelSharedSecretBytes(channel, masterKey);
    throw new ParameterError(
      "encryption_unavailable",
      "Set encryptionMasterKeyBase64 for encrypted channels",
    );
  }

  /** Sends what is to have its effect once. */
  #publish(path: string, body: string, { signal }: RequestOptions): Promise<Response> {
    const idempotencyKey = this.#settings.idempotencyKeys ? newKey() : undefined;
    return sendRequest(this.#settings, { method: "POST", path, body, idempotencyKey, signal });
  }

  #send(path: string, body: string, { signal }: RequestOptions): Promise<Response> {
    return sendRequest(this.#settings, { method: "POST", path, body, signal });
  }
}

/** Not `randomUUID`, which pages without TLS do not have. */
function newKey(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}
