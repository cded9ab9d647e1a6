import { z } from "@hono/zod-openapi";
import { ADMIN_ERRORS, type AdminErrorCode } from "./admin-errors.ts";
import type { RouteSpec } from "./route.ts";

/** Every refusal that a route can answer with: its own and those of the checks that it passes through. */
export function documentedErrors(spec: RouteSpec): readonly AdminErrorCode[] {
  const isRestricted = spec.access !== "public";
  const codes: (AdminErrorCode | false)[] = [
    ...(spec.errors ?? []),
    ...(spec.params || spec.query || spec.body ? (["invalid_request"] as const) : []),
    ...(spec.body ? (["malformed_json", "unsupported_media_type", "body_too_large"] as const) : []),
    ...(isRestricted ? CHECKS : []),
    ...(spec.method === "get" ? [] : (["cross_site"] as const)),
    isRestricted && spec.method !== "get" && "csrf_token_wrong",
    spec.access !== "public" && spec.access.only === "session" && "session_required",
    spec.access !== "public" && spec.access.reauthenticate === true && "reauthentication_required",
    "store_unavailable",
    "internal_error",
  ];
  return [...new Set(codes.filter((code) => code !== false))];
}

const CHECKS = [
  "not_authenticated",
  "token_invalid",
  "token_expired",
  "role_too_low",
  "scope_missing",
] as const satisfies readonly AdminErrorCode[];

/** The codes as OpenAPI has them: one answer for each status, which lists its codes. */
export function errorAnswers(codes: readonly AdminErrorCode[]) {
  const byStatus = Map.groupBy(codes, (code) => ADMIN_ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      {
        description: ofStatus.map((code) => `\`${code}\`: ${ADMIN_ERRORS[code].message}.`).join("\n"),
        content: { "application/json": { schema: errorBody(ofStatus) } },
      },
    ]),
  );
}

function errorBody(codes: readonly AdminErrorCode[]) {
  return z.strictObject({
    error: z.strictObject({
      code: z.enum(codes),
      message: z.string(),
      hint: z.string(),
      fields: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
    }),
  });
}
