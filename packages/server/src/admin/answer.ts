import { randomUUID } from "node:crypto";
import { HTTPException } from "hono/http-exception";
import type { Logger } from "pino";
import { StoreError } from "../store/store-error.ts";
import { ADMIN_ERRORS, AdminError, type AdminErrorCode, fromStoreError } from "./admin-errors.ts";
import type { AdminRoute, RouteAnswer } from "./route.ts";

/** The response for a route's answer, with no field in it that the route's schema has not got. */
export function respond({ spec }: AdminRoute, answer: RouteAnswer): Response {
  const headers = new Headers(HEADERS);
  for (const [name, value] of Object.entries(answer.headers ?? {})) headers.set(name, value);
  for (const cookie of answer.cookies ?? []) headers.append("set-cookie", cookie);
  if (answer.stream) {
    headers.set("content-type", "text/event-stream");
    return new Response(answer.stream, { status: answer.status, headers });
  }
  if (answer.encoded !== undefined) {
    headers.set("content-type", "application/json");
    return new Response(answer.encoded, { status: answer.status, headers });
  }
  const schema = spec.answers[answer.status]?.body;
  if (!schema) return new Response(null, { status: answer.status, headers });
  return json(schema.parse(answer.body), answer.status, headers);
}

/** The response for whatever was thrown under a route. A fault of ours is logged under an id, which is all that is told. */
export function respondToError(error: unknown, log: Logger): Response {
  const { code, message, hint, status, fields, headers } = asAdminError(error, log);
  const body = { error: { code, message, hint, ...(fields && { fields }) } };
  const all = new Headers({ ...HEADERS, ...headers });
  if (status === 401) all.set("www-authenticate", 'Bearer realm="usher"');
  return json(body, status, all);
}

function asAdminError(error: unknown, log: Logger): AdminError {
  if (error instanceof AdminError) return error;
  if (error instanceof StoreError) {
    const refusal = fromStoreError(error);
    if (refusal.status === 503) log.error({ err: error }, "the store failed a request to the admin API");
    return refusal;
  }
  const code = error instanceof HTTPException ? CODES_BY_STATUS[error.status] : undefined;
  if (code) return new AdminError(code);
  const id = randomUUID();
  log.error(
    { err: error, errorId: id },
    "a request to the admin API failed for a reason of the server's own",
  );
  return new AdminError("internal_error", { message: `${ADMIN_ERRORS.internal_error.message} (${id})` });
}

/** What hono's own checks of a body refuse with. */
const CODES_BY_STATUS: Readonly<Record<number, AdminErrorCode>> = {
  400: "malformed_json",
  413: "body_too_large",
  415: "unsupported_media_type",
};

function json(body: unknown, status: number, headers: Headers): Response {
  headers.set("content-type", "application/json");
  return new Response(`${JSON.stringify(body)}\n`, { status, headers });
}

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;
