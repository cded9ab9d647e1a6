import { isJsonObject, parseJsonObject } from "@usher/protocol";
import { CliError } from "../cli-error.ts";
import type { Ending } from "../exit-codes.ts";
import type { AdminAnswer } from "./admin-transport.ts";

/** An answer that is no success, as the person at the command line sees it. */
export function refusalOf({ status, text }: AdminAnswer): CliError {
  const error = parseJsonObject(text)?.error;
  if (!isJsonObject(error) || typeof error.code !== "string") {
    return status === 413 ? tooLarge() : noAdminApi(status);
  }
  const { code, message, hint } = error;
  return new CliError(endingOf(status), code, String(message), CLI_HINTS[code] ?? String(hint));
}

/** The server hangs up on what is far too large, and a proxy before it may do so sooner. */
function tooLarge(): CliError {
  return new CliError(
    "refused",
    "body_too_large",
    "this is more than the server takes at once",
    "Give it less at once, or a larger max_request_bytes: half of what is sent is enough. With the server stopped, the command works on the database itself.",
  );
}

/** Something answers there, and it is not an admin API: another server, a proxy, a server of an earlier version. */
export function noAdminApi(status: number): CliError {
  return new CliError(
    "unavailable",
    "not_admin_api",
    `there is no admin API: the answer has status ${status} and is none of its own`,
    "Check --url: it may lead to another server, to a proxy that keeps /admin away, or to the main port of a server with `admin = ops`.",
  );
}

function endingOf(status: number): Ending {
  if (status === 401 || status === 403) return "notAllowed";
  if (status === 503 || status === 502) return "unavailable";
  return status >= 500 ? "internal" : "refused";
}

/** Where the API's hint names a route, the command that does the same. */
const CLI_HINTS: Readonly<Record<string, string>> = {
  not_authenticated: "Give a token with USHER_TOKEN or --token; `usher tokens create` makes one.",
  token_invalid: "Make another with `usher tokens create` on the server's machine.",
  token_expired: "Make another with `usher tokens create` on the server's machine.",
  operator_not_found: "`usher operators list` shows those there are.",
  token_not_found: "`usher tokens list` shows those there are.",
  app_not_found: "`usher apps list` shows those there are.",
  key_not_found: "`usher apps show ID` shows the keys of an app.",
  secret_not_found: "`usher secrets status` shows the secrets of a key.",
  rotation_in_progress: "`usher secrets activate` finishes it, `usher secrets cancel` gives it up.",
  nothing_pending: "`usher secrets rotate` makes a pending secret.",
  nothing_to_undo:
    "Only an activation whose former secret is still retiring can be undone; rotate to a new secret.",
  import_needs_secrets:
    "Export with `usher apps export --secrets`, or make the app with `usher apps create`.",
  restriction_not_found: "`usher grants list` shows those there are; one that is over is gone.",
  channel_not_found: "`usher channels` lists the channels that somebody is on.",
  connection_not_found: "`usher connections list` shows those there are.",
  webhook_not_found: "`usher webhooks list` shows those there are.",
  delivery_not_found: "`usher webhooks deliveries` shows those there are.",
  server_not_running: "`usher serve` starts one; --url says where else one is.",
};
