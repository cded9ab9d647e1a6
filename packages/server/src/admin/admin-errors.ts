import type { StoreError } from "../store/store-error.ts";

export interface AdminErrorSpec {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 502 | 503;
  /** What happened. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
}

/** Every refusal of the admin API. `docs/admin-errors.md` says the same, by test. */
export const ADMIN_ERRORS = {
  // Requests that cannot be understood.
  invalid_request: {
    status: 400,
    message: "the request does not say what this route needs",
    hint: "`fields` names what is wrong with each field.",
  },
  malformed_json: {
    status: 400,
    message: "the body is not valid JSON",
    hint: "Send a JSON object.",
  },
  unsupported_media_type: {
    status: 415,
    message: "the body is not declared as JSON",
    hint: "Send `Content-Type: application/json`.",
  },
  body_too_large: {
    status: 413,
    message: "the body is larger than this route takes",
    hint: "Send less at once.",
  },
  route_not_found: {
    status: 404,
    message: "there is no such route",
    hint: "`GET /openapi.json` lists the routes there are.",
  },
  method_not_allowed: {
    status: 405,
    message: "this route does not take this method",
    hint: "The `Allow` header names the methods that it takes.",
  },

  // Who is asking.
  not_authenticated: {
    status: 401,
    message: "log in first, or send a token",
    hint: "Sessions end when they are not used for a while; tokens go in `Authorization: Bearer usher_...`.",
  },
  token_invalid: {
    status: 401,
    message: "this token is not known here, or it was revoked",
    hint: "`usher tokens list` shows the tokens there are.",
  },
  token_expired: {
    status: 401,
    message: "this token has expired",
    hint: "Make a new one with `usher tokens create`.",
  },
  login_failed: {
    status: 401,
    message: "the e-mail address or the password is wrong",
    hint: "Check both; an owner can make a new link, and so can `usher operators link` on the server's machine.",
  },
  too_many_attempts: {
    status: 429,
    message: "there were too many failed attempts",
    hint: "Wait for as many seconds as `Retry-After` says.",
  },
  cross_site: {
    status: 403,
    message: "the request comes from a page of another site",
    hint: "Use the dashboard of this server itself, or a token from a server of yours. Behind a proxy, pass the `Host` header on or set public_url.",
  },
  csrf_token_wrong: {
    status: 403,
    message: "the header X-CSRF-Token is missing or not this session's",
    hint: "Send the `csrf_token` that `GET /session` answers with.",
  },

  // What they may do.
  role_too_low: {
    status: 403,
    message: "this needs a higher role",
    hint: "Ask an owner.",
  },
  scope_missing: {
    status: 403,
    message: "this token has not got the scope for it",
    hint: "Make a token with the scope that the message names.",
  },
  session_required: {
    status: 403,
    message: "only a person who is logged in can do this",
    hint: "Use the dashboard.",
  },
  reauthentication_required: {
    status: 403,
    message: "this needs a log-in of the last five minutes",
    hint: "Send the password to `POST /session/confirm`, or log in once more at the provider, and try again.",
  },

  // Operators, sessions and tokens.
  setup_done: {
    status: 409,
    message: "there is an owner already",
    hint: "Log in, or ask an owner for an invitation.",
  },
  link_invalid: {
    status: 403,
    message: "this link was used already, has expired, or was never made",
    hint: "Ask for a new one; the link of the first start is made anew at each start until there is an owner.",
  },
  password_unacceptable: {
    status: 400,
    message: "this password is not acceptable",
    hint: "Take 12 to 512 characters that are not the e-mail address.",
  },
  operator_not_found: {
    status: 404,
    message: "there is no such operator",
    hint: "`GET /operators` lists them.",
  },
  operator_exists: {
    status: 409,
    message: "there is an operator with this e-mail address already",
    hint: "Change that operator instead.",
  },
  last_owner: {
    status: 409,
    message: "this is the last owner, and there must be one",
    hint: "Make somebody else an owner first.",
  },
  session_not_found: {
    status: 404,
    message: "there is no such session",
    hint: "`GET /sessions` lists the open ones.",
  },
  token_not_found: {
    status: 404,
    message: "there is no such token",
    hint: "`GET /tokens` lists them.",
  },
  grants_more: {
    status: 403,
    message: "nobody can hand out more than they may do themselves",
    hint: "Choose a role and scopes that you have.",
  },

  // Log-in with OpenID Connect.
  oidc_not_configured: {
    status: 404,
    message: "this server has no OpenID Connect log-in",
    hint: "Set oidc_issuer, oidc_client_id, oidc_client_secret and oidc_allowed.",
  },
  oidc_failed: {
    status: 403,
    message: "the log-in at the provider did not succeed",
    hint: "Start it again from the dashboard; the server's log says what was wrong.",
  },
  oidc_unavailable: {
    status: 502,
    message: "the provider cannot be reached",
    hint: "Check oidc_issuer; the server's log says what was wrong.",
  },
  oidc_not_allowed: {
    status: 403,
    message: "this account may not log in here",
    hint: "Add the address to oidc_allowed; the server's log says which one it was.",
  },

  // Apps, keys and secrets.
  app_exists: {
    status: 409,
    message: "there is an app with this id already",
    hint: "Choose another id.",
  },
  app_not_found: {
    status: 404,
    message: "there is no such app",
    hint: "`GET /apps` lists them.",
  },
  key_taken: {
    status: 409,
    message: "this key belongs to another app",
    hint: "Choose another key; every key belongs to one app.",
  },
  confirmation_missing: {
    status: 400,
    message: "this cannot be undone and needs to be confirmed",
    hint: "Repeat the id in `confirm`, as the message says.",
  },
  key_not_found: {
    status: 404,
    message: "the app has no such key",
    hint: "`GET /apps/{app_id}` lists its keys.",
  },
  last_key: {
    status: 409,
    message: "this is the app's only key",
    hint: "Add another key first, or delete the app.",
  },
  secret_not_found: {
    status: 404,
    message: "the key has no such secret",
    hint: "`GET /apps/{app_id}/keys/{key}/secrets` lists its secrets.",
  },
  secret_known: {
    status: 409,
    message: "the key has this secret, or had it",
    hint: "Choose another secret; one that was revoked does not come back.",
  },
  rotation_in_progress: {
    status: 409,
    message: "the key has a pending secret already",
    hint: "Activate the pending secret, or cancel the rotation.",
  },
  nothing_pending: {
    status: 409,
    message: "the key has no pending secret",
    hint: "Rotate first; that makes a pending secret.",
  },
  nothing_to_undo: {
    status: 409,
    message: "the secret before the current one is not retiring",
    hint: "Rotate to a new secret.",
  },
  nothing_retiring: {
    status: 409,
    message: "the key has no retiring secret",
    hint: "Nothing to do: no former secret is accepted any more.",
  },
  already_revoked: {
    status: 409,
    message: "this secret is revoked already",
    hint: "Nothing to do: it is not accepted any more.",
  },
  import_invalid: {
    status: 400,
    message: "the import contradicts itself",
    hint: "Give it as `GET /export` answers it.",
  },
  import_needs_secrets: {
    status: 400,
    message: "an app that is new here needs the secrets of its keys",
    hint: "Export with `secrets=true`, or make the app with `POST /apps`.",
  },

  // Grants.
  restriction_not_found: {
    status: 404,
    message: "there is no such restriction",
    hint: "`GET /apps/{app_id}/grants` lists them; one that is over is gone.",
  },
  too_many_restrictions: {
    status: 409,
    message: "the app has as many restrictions as it can have",
    hint: "Lift some, or refuse these users where your server authorizes.",
  },

  // Who and what is connected.
  channel_not_found: {
    status: 404,
    message: "nobody is on this channel",
    hint: "`GET /apps/{app_id}/channels` lists the channels that somebody is on.",
  },
  history_not_kept: {
    status: 404,
    message: "no history is kept for this channel",
    hint: "Add the beginning of its name to `history_prefixes` in the app's settings.",
  },
  connection_not_found: {
    status: 404,
    message: "there is no connection with this socket id",
    hint: "`GET /apps/{app_id}/connections` lists the connections there are.",
  },
  event_refused: {
    status: 400,
    message: "the event cannot be triggered",
    hint: "The message says what is wrong with it; from a server or a client it would be refused alike.",
  },
  app_disabled: {
    status: 409,
    message: "the app is disabled",
    hint: "Enable it first.",
  },
  limit_reached: {
    status: 429,
    message: "a limit of the app is reached",
    hint: "The message names the limit; `PATCH /apps/{app_id}` raises it.",
  },

  // The auth doctor.
  paste_lacks_socket_id: {
    status: 400,
    message: "what was pasted does not tell the socket id",
    hint: "Give `socket_id`, or paste the line of pusher:connection_established along.",
  },
  paste_lacks_channel: {
    status: 400,
    message: "what was pasted does not tell what it is for",
    hint: "Give `socket_id` and the private or presence `channel`, or `user` for a sign-in.",
  },
  endpoint_forbidden: {
    status: 403,
    message: "this address is not public, and this server must not ask it",
    hint: "Run `usher auth check` where the endpoint is, or set webhook_allow_private.",
  },
  doctor_busy: {
    status: 429,
    message: "several endpoints are being checked already",
    hint: "Try again in half a minute.",
  },

  // Webhooks.
  webhook_not_found: {
    status: 404,
    message: "there is no such webhook endpoint",
    hint: "`GET /apps/{app_id}/webhooks` lists the endpoints of the app.",
  },
  too_many_webhooks: {
    status: 409,
    message: "the app has as many webhook endpoints as it can have",
    hint: "Remove one that is no longer needed; one endpoint can pass events on to several places.",
  },
  delivery_not_found: {
    status: 404,
    message: "there is no such delivery",
    hint: "`GET /apps/{app_id}/webhooks/{webhook_id}/deliveries` lists them; old ones are removed in time.",
  },
  delivery_owed: {
    status: 409,
    message: "this delivery is owed already",
    hint: "It is sent as soon as the endpoint takes it.",
  },

  // The server itself.
  node_not_found: {
    status: 404,
    message: "there is no such node",
    hint: "`GET /nodes` lists them.",
  },
  node_gone: {
    status: 409,
    message: "this node has not been heard of for 15 seconds",
    hint: "It stopped, or cannot reach the database; a node that starts anew is in service.",
  },
  console_full: {
    status: 503,
    message: "too many look at the debug console already",
    hint: "Close some of the pages that show it, and try again.",
  },
  server_not_running: {
    status: 503,
    message: "this needs a running server",
    hint: "Start it with `usher serve`, or name one with --url.",
  },
  store_unavailable: {
    status: 503,
    message: "the database cannot do this now",
    hint: "Try again; the server's log says what is wrong.",
  },
  internal_error: {
    status: 500,
    message: "the server made a mistake",
    hint: "The log has the details, under the id in the message.",
  },
} as const satisfies Record<string, AdminErrorSpec>;

export type AdminErrorCode = keyof typeof ADMIN_ERRORS;

/** What is wrong with one field of a request: `body.email`, `query.limit`. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** A refusal of the admin API. It is thrown, anywhere under a route, and answered in one place. */
export class AdminError extends Error {
  override readonly name = "AdminError";
  readonly code: AdminErrorCode;
  readonly fields: readonly FieldProblem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param details.message in place of the table's, where more is known. Never with a secret in it. */
  constructor(
    code: AdminErrorCode,
    details: {
      readonly message?: string;
      readonly fields?: readonly FieldProblem[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(details.message ?? ADMIN_ERRORS[code].message, { cause: details.cause });
    this.code = code;
    this.fields = details.fields;
    this.headers = details.headers ?? {};
  }

  get status(): AdminErrorSpec["status"] {
    return ADMIN_ERRORS[this.code].status;
  }

  get hint(): string {
    return ADMIN_ERRORS[this.code].hint;
  }
}

/** The refusal that a `StoreError` stands for: what the store refused has the same code here, what failed is ours. */
export function fromStoreError(error: StoreError): AdminError {
  if (isAdminErrorCode(error.code))
    return new AdminError(error.code, { message: error.message, cause: error });
  return new AdminError("store_unavailable", { cause: error });
}

function isAdminErrorCode(code: string): code is AdminErrorCode {
  return Object.hasOwn(ADMIN_ERRORS, code);
}
