import { z } from "@hono/zod-openapi";
import { AdminError } from "../admin-errors.ts";
import { listOf, pageOf, pageQuery } from "../lists.ts";
import type { ApiToken } from "../operators/token-store.ts";
import { type Principal, ROLES, type Role, roleReaches, SCOPES, type Scope } from "../principal.ts";
import { adminRoute } from "../route.ts";

const TAG = "Tokens";

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(SCOPES)),
    created_by: z.string(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    used_at: z.iso.datetime().nullable().openapi({ description: "Last use, to the minute" }),
    used_from: z.string().nullable().openapi({ description: "The address that it was used from then" }),
  })
  .openapi("Token");

export const newTokenSchema = z.object({ token: tokenSchema, value: z.string() }).openapi("NewToken");

const listTokens = adminRoute({
  method: "get",
  path: "/tokens",
  operationId: "listTokens",
  tag: TAG,
  summary: "List the API tokens",
  access: { role: "owner", scope: "tokens:write" },
  query: pageQuery,
  answers: { 200: { about: "The newest first; values are not known any more", body: listOf(tokenSchema) } },
}).answeredBy(async ({ query, services }) => {
  const found = await services.tokens.list({ before: query.cursor, limit: query.limit + 1 });
  return { status: 200, body: pageOf(found.map(tokenBody), query.limit, ({ id }) => id) };
});

const createToken = adminRoute({
  method: "post",
  path: "/tokens",
  operationId: "createToken",
  tag: TAG,
  summary: "Make an API token",
  access: { role: "owner", scope: "tokens:write", reauthenticate: true },
  body: z.strictObject({
    name: z.string().trim().min(1).max(200),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
    expires_in_seconds: z
      .number()
      .int()
      .min(60)
      .max(10 * 366 * 86_400)
      .nullable()
      .openapi({ description: "`null` for a token without an end" }),
  }),
  answers: {
    201: {
      about: "The token; its value is shown this once",
      body: newTokenSchema,
    },
  },
  errors: ["grants_more"],
}).answeredBy(async ({ body, principal, by, services }) => {
  requireReach(principal, body.role, body.scopes);
  const { name, role, scopes, expires_in_seconds: seconds } = body;
  const expiresAt = seconds === null ? null : new Date(services.now() + seconds * 1000).toISOString();
  const { token, value } = await services.tokens.create({ name, role, scopes, expiresAt }, by);
  return { status: 201, body: { token: tokenBody(token), value } };
});

const revokeToken = adminRoute({
  method: "delete",
  path: "/tokens/{token_id}",
  operationId: "revokeToken",
  tag: TAG,
  summary: "Revoke an API token",
  access: { role: "owner", scope: "tokens:write" },
  params: z.object({ token_id: z.string() }),
  answers: { 204: { about: "It is not accepted any more" } },
  errors: ["token_not_found"],
}).answeredBy(async ({ params, by, services }) => {
  await services.tokens.revoke(params.token_id, by);
  return { status: 204 };
});

export const tokenRoutes = [listTokens, createToken, revokeToken];

/** A token cannot make one that may do more than itself. */
function requireReach(principal: Principal, role: Role, scopes: readonly Scope[]): void {
  const own: readonly Scope[] = principal.kind === "token" ? principal.scopes : SCOPES;
  const isWithin = roleReaches(principal.role, role) && scopes.every((scope) => own.includes(scope));
  if (!isWithin) throw new AdminError("grants_more");
}

function tokenBody(token: ApiToken): z.input<typeof tokenSchema> {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    scopes: [...token.scopes],
    created_by: token.createdBy,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    used_at: token.usedAt,
    used_from: token.usedFrom,
  };
}
