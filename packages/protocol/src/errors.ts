/**
 * Every refusal Usher gives, in one table. The code is a stable name for logs, metrics and documentation. `message`
 * says what happened, with `{placeholders}` that the thrower fills; `hint` says what to do next.
 *
 * - `closeCode`: the connection ends with this WebSocket close code, after a `pusher:error` frame of the same code.
 * - `frameCode`: the `code` of a `pusher:error` that leaves the connection open. Left out it is `null`: some clients
 *   close or reconnect on any coded error, so only 4301 and 4302 are ever sent.
 * - `subscription`: also sent as `pusher:subscription_error`, with this `type` and `status`. Of an error that closes, only
 *   where the client stays away, so that its page learns why.
 * - `status`: the HTTP API's answer.
 *
 * Close codes and their meanings are Pusher's own list; 4000-4099 tell a client to stay away, 4100-4199 to come back
 * later, 4200-4299 to come back at once.
 */
export const ERRORS = {
  // Connections that end.
  tls_required: {
    message: "This app accepts only TLS connections",
    hint: "Connect with wss:// (forceTLS: true), or turn off force_tls in the app's settings.",
    closeCode: 4000,
  },
  app_not_found: {
    message: "No app has the key {key}",
    hint: "Compare the key in the client with `usher apps list` on the server that it connects to.",
    closeCode: 4001,
  },
  app_disabled: {
    message: "This app is disabled",
    hint: "Enable the app on the server; its clients stay away until they are started again.",
    closeCode: 4003,
    status: 403,
  },
  connection_quota_reached: {
    message: "Account over quota: the app's {quota} connections are taken",
    hint: "Raise connection_quota in the app's settings, or close connections that are not needed.",
    closeCode: 4004,
  },
  path_not_found: {
    message: "Path not found",
    hint: "Connect to /app/{key}, as Pusher clients do; set wsPath if the server has a path prefix.",
    closeCode: 4005,
  },
  protocol_malformed: {
    message: "Invalid protocol version '{protocol}'",
    hint: "Send protocol=7 in the query.",
    closeCode: 4006,
  },
  protocol_unsupported: {
    message: "Unsupported protocol version {protocol}",
    hint: "Use a client library that speaks protocol 4 to 7.",
    closeCode: 4007,
  },
  protocol_missing: {
    message: "No protocol version supplied",
    hint: "Send protocol=7 in the query, or turn off strict in the app's settings.",
    closeCode: 4008,
  },
  origin_refused: {
    message: "Origin {origin} is not allowed",
    hint: "Add the origin to allowed_origins in the app's settings.",
    closeCode: 4009,
  },
  connection_not_authorized: {
    message: "Connection not authorized within timeout",
    hint: "Sign in or subscribe to a private or presence channel sooner, or turn off authorized_connections.",
    closeCode: 4009,
  },
  user_terminated: {
    message: "The app's server ended this user's connections",
    hint: "The client stays disconnected until it calls connect() again.",
    closeCode: 4009,
  },
  user_banned: {
    message: "This user is banned{duration}{reason}",
    hint: "`usher grants list` shows the ban, and `usher grants lift` ends it.",
    closeCode: 4009,
    subscription: { type: "AuthError", status: 403 },
  },
  connection_sent_away: {
    message: "An operator ended this connection",
    hint: "The client stays disconnected until it calls connect() again.",
    closeCode: 4009,
  },
  over_capacity: {
    message: "The server is over capacity",
    hint: "Clients come back by themselves; raise max_connections or add a server.",
    closeCode: 4100,
  },
  too_many_handshakes: {
    message: "Too many clients are connecting to this server at once",
    hint: "Clients come back by themselves in a second; raise accept_rate if the server has the processor for more.",
    closeCode: 4100,
  },
  drained: {
    message: "This server takes no new connections: it is being drained",
    hint: "Clients come back by themselves; have the load balancer ask /health/ready, so that it sends them elsewhere.",
    closeCode: 4100,
  },
  slow_consumer: {
    message: "The connection does not keep up with its events: {bufferedBytes} bytes are waiting",
    hint: "Receive faster, subscribe to less, or raise max_buffered_bytes on the server.",
    closeCode: 4100,
  },
  draining: {
    message: "Please reconnect immediately: the server is restarting",
    hint: "Clients come back by themselves.",
    closeCode: 4200,
  },
  connection_ended: {
    message: "An operator ended this connection; please reconnect",
    hint: "Clients come back by themselves.",
    closeCode: 4200,
  },
  reauthorization_required: {
    message: "Please reconnect immediately and authorize again: {reason}",
    hint: "Clients come back by themselves and ask for new signatures.",
    closeCode: 4200,
  },
  pong_timeout: {
    message: "Pong reply not received",
    hint: "The client was silent for longer than activity_timeout and did not answer a ping; it reconnects by itself.",
    closeCode: 4201,
  },
  frame_too_large: {
    message: "The frame is larger than {limit} bytes",
    hint: "Send smaller frames, or raise max_frame_bytes on the server.",
    closeCode: 1009,
  },

  // Frames that are refused while the connection stays open.
  message_invalid: {
    message: "Invalid message: {reason}",
    hint: 'Send a JSON object with a string "event", as one text frame.',
  },
  event_unsupported: {
    message: "Unsupported event received on socket: {event}",
    hint: "Clients may send pusher:subscribe, pusher:unsubscribe, pusher:signin, pusher:ping, pusher:pong and client- events.",
  },
  parameter_missing: {
    message: "Missing parameter: {parameter}",
    hint: "Send the parameter as a string.",
  },
  not_subscribed: {
    message: "No current subscription to channel {channel}, or subscription in progress",
    hint: "Subscribe before unsubscribing.",
  },
  already_subscribed: {
    message: "Existing subscription to channel {channel}",
    hint: "Subscribe once per connection; turn off strict in the app's settings to have this answered as a success.",
  },

  // Subscriptions that are refused.
  channel_name_invalid: {
    message: "Invalid channel name: {channel}",
    hint: "Use A-Z a-z 0-9 _ - = @ , . ; only.",
    subscription: { type: "InvalidChannel", status: 400 },
    status: 400,
  },
  channel_name_too_long: {
    message: "Channel name is longer than {limit} characters",
    hint: "Shorten the name, or raise channel_name_length in the app's settings.",
    subscription: { type: "InvalidChannel", status: 400 },
    status: 400,
  },
  server_channel_forbidden: {
    message: "Channel {channel} is reserved: sign in as its user to receive it",
    hint: "Call pusher.signin(); the client then subscribes to its user's channel by itself.",
    subscription: { type: "AuthError", status: 401 },
  },
  auth_missing: {
    message: "Auth info required to subscribe to {channel}",
    hint: "Private and presence channels need the auth value that your authorization endpoint returns.",
    subscription: { type: "AuthError", status: 401 },
  },
  auth_malformed: {
    message: "Auth value for subscription to {channel} is invalid: should be of format 'key:signature'",
    hint: "Return the auth value of the server library unchanged from your authorization endpoint.",
    subscription: { type: "AuthError", status: 401 },
  },
  auth_key_mismatch: {
    message: "Invalid key in subscription auth data: '{key}'",
    hint: "The authorization endpoint and the client must use a key of the same app.",
    subscription: { type: "AuthError", status: 401 },
  },
  signature_mismatch: {
    message: "Invalid signature: Expected HMAC SHA256 hex digest of {stringToSign}, but got {signature}",
    hint: "Check that the authorization endpoint signs this exact text with the secret of the same app.",
    subscription: { type: "AuthError", status: 401 },
  },
  presence_data_missing: {
    message: "channel_data is required to subscribe to {channel} unless the connection is signed in",
    hint: "Return channel_data with a user_id from your authorization endpoint, or sign in first.",
    subscription: { type: "AuthError", status: 401 },
  },
  presence_data_invalid: {
    message: "channel_data supplied to presence subscription is invalid - {reason}",
    hint: "channel_data is the JSON text of an object with a user_id (string or number) and an optional user_info.",
    subscription: { type: "AuthError", status: 401 },
  },
  user_info_invalid: {
    message: "user_info supplied to presence subscription is invalid - if supplied it must be a type of hash",
    hint: "Send an object as user_info, or turn off strict in the app's settings.",
    subscription: { type: "AuthError", status: 401 },
  },
  member_too_large: {
    message: "The member's user_id and user_info are larger than {limit} bytes",
    hint: "Send less user_info, or raise presence_limits.member_bytes in the app's settings.",
    subscription: { type: "LimitReached", status: 4301 },
  },
  presence_channel_full: {
    message: "Presence channel {channel} has its {limit} members",
    hint: "Raise presence_limits.members in the app's settings.",
    subscription: { type: "LimitReached", status: 4100 },
  },
  too_many_channels: {
    message: "The connection is subscribed to {limit} channels already",
    hint: "Unsubscribe from channels that are not needed, or raise channels_per_connection in the app's settings.",
    subscription: { type: "LimitReached", status: 4100 },
  },
  grant_revoked: {
    message: "The authorization for {channel} was taken back{reason}",
    hint: "The app's server decides who may come back, when it is asked for the next authorization.",
    subscription: { type: "AuthError", status: 403 },
  },

  // Client events that are refused.
  client_events_disabled: {
    message: "To send client events, you must enable this feature in the app's settings",
    hint: "Turn on client_events, for example USHER_APP_SETTINGS='{\"client_events\":true}'.",
  },
  client_event_invalid: {
    message: "Invalid client event (must contain channel and data)",
    hint: "Send a string channel and any JSON value as data.",
  },
  client_event_channel_not_allowed: {
    message: "Client events can only be sent on private and presence channels, not on {channel}",
    hint: "Use a private- or presence- channel; encrypted ones carry only data that the sender has encrypted.",
  },
  client_event_not_subscribed: {
    message: "Cannot broadcast client event (connection not subscribed to channel {channel})",
    hint: "Wait for pusher:subscription_succeeded before sending.",
  },
  client_event_name_too_long: {
    message: "Client event name is longer than {limit} characters",
    hint: "Shorten the name, or raise event_name_length in the app's settings.",
  },
  client_event_too_large: {
    message: "The data content of this client event exceeds the allowed maximum ({limit} bytes)",
    hint: "Send less data, or raise data_limit in the app's settings.",
  },
  client_event_rate_exceeded: {
    message: "Client event rate limit reached: at most {limit} a second on one connection",
    hint: "Send less often, or raise client_event_rate in the app's settings.",
    frameCode: 4301,
  },

  // Sign-ins that are refused.
  signin_auth_malformed: {
    message: "Invalid format: auth must have the format key:signature",
    hint: "Return the auth value of the server library unchanged from your user authentication endpoint.",
  },
  signin_key_mismatch: {
    message: "Invalid key in user auth data: '{key}'",
    hint: "The user authentication endpoint and the client must use a key of the same app.",
  },
  signin_signature_mismatch: {
    message: "Invalid signature: Expected HMAC SHA256 hex digest of {stringToSign}, but got {signature}",
    hint: "Check that the user authentication endpoint signs this exact text with the secret of the same app.",
  },
  user_data_invalid: {
    message: "user_data is invalid - {reason}",
    hint: "user_data is the JSON text of an object with a non-empty string id.",
  },
  signed_in_as_another_user: {
    message: "The connection is signed in as another user already",
    hint: "Disconnect before signing in as somebody else.",
  },
  watchlist_too_long: {
    message: "The watchlist has more than {limit} users; the first {limit} are watched",
    hint: "Send fewer ids, or raise watchlist_limit in the app's settings.",
    frameCode: 4302,
  },

  // The HTTP API.
  http_auth_key_missing: {
    message: "Missing parameter: auth_key",
    hint: "Sign the request with a Pusher server library.",
    status: 401,
  },
  http_auth_key_unknown: {
    message: "Unknown auth_key",
    hint: "The key must belong to the app in the path; compare both with `usher apps list`.",
    status: 401,
  },
  http_auth_version_missing: { message: "Version required", hint: "Send auth_version=1.0.", status: 401 },
  http_auth_version_unsupported: {
    message: "Version not supported",
    hint: "Send auth_version=1.0.",
    status: 401,
  },
  http_auth_timestamp_missing: {
    message: "Timestamp required",
    hint: "Send auth_timestamp as whole seconds since 1970.",
    status: 401,
  },
  http_auth_timestamp_expired: {
    message: "Timestamp expired: Given timestamp ({given}) not within {window}s of server time ({now})",
    hint: "Set both clocks by NTP; auth_timestamp is in seconds, not milliseconds.",
    status: 401,
  },
  http_auth_signature_missing: {
    message: "Missing parameter: auth_signature",
    hint: "Sign the request with a Pusher server library.",
    status: 401,
  },
  http_auth_signature_mismatch: {
    message:
      'Invalid signature: you should have sent HmacSHA256Hex("{stringToSign}", your_secret_key), but you sent "{signature}"',
    hint: "Check the secret, and that no proxy changes the path, the query or the body.",
    status: 401,
  },
  http_body_md5_mismatch: {
    message: "Invalid body_md5: it is not the MD5 of the {length} bytes received",
    hint: "Send body_md5 of the exact bytes of the body; a proxy must not change them.",
    status: 401,
  },
  http_parameter_invalid: {
    message: "{problem}",
    hint: "The HTTP API page of the documentation lists each parameter.",
    status: 400,
  },
  grant_not_needed: {
    message:
      "Channel {channel} is public: nobody needs an authorization for it, so there is none to take back",
    hint: "Give a private or presence channel; who may not listen must not be on a public one.",
    status: 400,
  },
  history_not_kept: {
    message: "No history is kept for channel {channel}",
    hint: "Add the beginning of the channel's name to history_prefixes in the app's settings.",
    status: 400,
  },
  idempotency_key_reused: {
    message: "The idempotency key '{key}' was sent with another body before",
    hint: "Make a new key for each request that is to have an effect; send an old one only with the same bytes.",
    status: 409,
  },
  idempotency_key_pending: {
    message: "The first request with the idempotency key '{key}' is not answered yet",
    hint: "Send the same request again in a second: it will have the first one's answer, or else take its place.",
    status: 503,
  },
  event_name_reserved: {
    message: "The 'pusher' namespace is reserved for internal usage",
    hint: "Choose an event name that does not begin with pusher: , pusher_internal: or pusher- .",
    status: 400,
  },
  event_data_too_large: {
    message: "The data content of this event exceeds the allowed maximum ({limit} bytes)",
    hint: "Send less data, or raise data_limit in the app's settings.",
    status: 413,
  },
  http_body_too_large: {
    message: "The request body is larger than {limit} bytes",
    hint: "Send fewer events at once, or raise max_request_bytes on the server.",
    status: 413,
  },
  http_body_incomplete: {
    message: "The request body did not arrive whole",
    hint: "Send as many bytes as Content-Length says, and keep the connection open until the answer.",
    status: 400,
  },
  message_quota_reached: {
    message: "The app is over its quota of {quota} messages a day",
    hint: "Raise message_quota in the app's settings; the count starts anew at midnight UTC.",
    status: 403,
  },
  http_rate_exceeded: {
    message: "The app's limit of {limit} {what} a second is reached",
    hint: "Wait as Retry-After says, or raise {setting} in the app's settings.",
    status: 429,
  },
  http_app_not_found: {
    message: "No app has the id {id}",
    hint: "Compare the app id with `usher apps list` on the server that is asked.",
    status: 404,
  },
  http_not_found: {
    message: "404 NOT FOUND",
    hint: "The HTTP API lives under /apps/{app_id}/.",
    status: 404,
  },
  http_method_not_allowed: {
    message: "Method {method} is not allowed here",
    hint: "Use {allowed}.",
    status: 405,
  },
  http_draining: {
    message: "The server is restarting",
    hint: "Send the request again; another server, or this one when it is back, will answer.",
    status: 503,
  },
  internal: {
    message: "Internal error",
    hint: "This is a fault of the server; its log has the details under the same time.",
    status: 500,
  },
} as const satisfies Record<string, ErrorSpec>;

export interface ErrorSpec {
  readonly message: string;
  readonly hint: string;
  readonly closeCode?: number;
  readonly frameCode?: number;
  readonly subscription?: {
    readonly type: "AuthError" | "InvalidChannel" | "LimitReached";
    readonly status: number;
  };
  readonly status?: number;
}

export type ErrorCode = keyof typeof ERRORS;

/** Values for the placeholders of a message. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** A refusal from the table, with its message filled in. Made often and thrown never on hot paths, so it has no stack. */
export class UsherError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    this.code = code;
    this.details = details;
    this.message = fill(ERRORS[code].message, details);
  }

  get spec(): ErrorSpec {
    return ERRORS[this.code];
  }

  get hint(): string {
    return fill(ERRORS[this.code].hint, this.details);
  }
}

/**
 * A close reason as the WebSocket standard allows it: at most 123 bytes of UTF-8, cut between code points. A longer one
 * has crashed an official client.
 */
export function closeReason(message: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of message) {
    const codePoint = character.codePointAt(0) ?? 0;
    bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    if (bytes > 123) return message.slice(0, end);
    end += character.length;
  }
  return message;
}

// Details come from outside and may be long; what is echoed stays readable.
const LONGEST_DETAIL = 2_000;

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    if (!Object.hasOwn(details, name)) return placeholder;
    const text = String(details[name]);
    return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}...` : text;
  });
}
