import { createRoute, type OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Handler, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { RestrictedAccess } from "./access.ts";
import { AdminError, type FieldProblem } from "./admin-errors.ts";
import { respond } from "./answer.ts";
import { documentedErrors, errorAnswers } from "./error-answers.ts";
import { type Caller, guard } from "./guard.ts";
import { nulCharacters } from "./nul-characters.ts";
import { actorOf, ROLES, SCOPES } from "./principal.ts";
import type { AdminRoute, RequestOrigin, RouteSpec } from "./route.ts";
import type { AdminServices } from "./services.ts";

/** What travels with a request through hono. */
export interface AdminEnv {
  readonly Bindings: { readonly origin: RequestOrigin };
  readonly Variables: { caller: Caller };
}

/** Largest body where a route does not say otherwise. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Puts a route into the app: who may use it is checked first, then the body's size, then what was sent.
 *
 * @throws Error when the route's description cannot be right: a fault of ours, seen at the first start.
 */
export function registerRoute(app: OpenAPIHono<AdminEnv>, route: AdminRoute, services: AdminServices): void {
  const { spec } = route;
  requireSoundSpec(spec);
  const checkAccess: MiddlewareHandler<AdminEnv> = async (context, next) => {
    context.set("caller", await guard(spec, context.req.raw, context.env.origin, services));
    await next();
  };
  const limitBody = bodyLimit({
    maxSize: spec.maxBodyBytes ?? MAX_BODY_BYTES,
    onError: () => {
      throw new AdminError("body_too_large");
    },
  });
  const handle: Handler<AdminEnv> = async (context) => {
    const { principal } = context.get("caller");
    const { origin } = context.env;
    const params = spec.params && context.req.valid("param" as never);
    const query = spec.query && context.req.valid("query" as never);
    const body = spec.body && context.req.valid("json" as never);
    refuseFields([
      ...nulCharacters(params, "path"),
      ...nulCharacters(query, "query"),
      ...(spec.isPassedOn ? [] : nulCharacters(body, "body")),
    ]);
    const answer = await route.handle({
      params,
      query,
      body,
      principal,
      by: principal && actorOf(principal, origin.address),
      origin,
      request: context.req.raw,
      services,
    });
    return respond(route, answer);
  };
  app.openapi({ ...describeRoute(spec), middleware: [checkAccess, limitBody] }, handle as never);
}

/** What a hook of zod-openapi gets; ours turns what does not fit into one refusal. */
export function refuseInvalid(
  result: { readonly target: string } & (
    | { readonly success: true }
    | { readonly success: false; readonly error: z.ZodError }
  ),
): void {
  if (result.success) return;
  const source = result.target === "json" ? "body" : result.target === "param" ? "path" : result.target;
  refuseFields(result.error.issues.flatMap((issue) => problemsOf(issue, source)));
}

function refuseFields(fields: readonly FieldProblem[]): void {
  if (fields.length === 0) return;
  throw new AdminError("invalid_request", {
    message: fields.map(({ field, message }) => `${field}: ${message}`).join("; "),
    fields,
  });
}

function problemsOf(issue: z.core.$ZodIssue, source: string): { field: string; message: string }[] {
  const path = [source, ...issue.path.map(String)];
  if (issue.code !== "unrecognized_keys") return [{ field: path.join("."), message: issue.message }];
  return issue.keys.map((key) => ({ field: [...path, key].join("."), message: "is not known here" }));
}

/** The route as OpenAPI has it. */
function describeRoute(spec: RouteSpec): RouteConfig {
  const { method, path, operationId, tag, summary, description, access, params, query, body } = spec;
  return createRoute({
    method,
    path,
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: securityOf(access),
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(body && { body: { content: { "application/json": { schema: body } }, required: true } }),
    },
    responses: {
      ...Object.fromEntries(
        Object.entries(spec.answers).map(([status, { about, body: schema, events, encoded }]) => [
          status,
          {
            description: about,
            ...(schema && { content: { "application/json": { schema } } }),
            ...(events && { content: { "text/event-stream": { schema: events } } }),
            ...(encoded && { content: { "application/json": { schema: encoded } } }),
          },
        ]),
      ),
      ...errorAnswers(documentedErrors(spec)),
    },
  });
}

function securityOf(access: RouteSpec["access"]) {
  if (access === "public") return [];
  return access.only === "session" ? [{ session: [] }] : [{ session: [] }, { token: [] }];
}

/** What would quietly weaken a check if it were wrong. */
function requireSoundSpec({ path, operationId, access, params, query, body, method }: RouteSpec): void {
  const fail = (problem: string) => {
    throw new Error(`the admin route ${operationId} ${problem}`);
  };
  // The type asks for it already; this is for whoever gets around the type.
  if (access !== "public" && !isRestriction(access)) fail("does not say who may use it");
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const inParams = Object.keys(params?.shape ?? {});
  if (inPath.join() !== inParams.join()) fail("has other parameters in its path than in its schema");
  if (method === "get" && body) fail("reads, and takes a body");
  for (const schema of [query, body]) if (schema && !isStrict(schema)) fail("would let unknown fields pass");
}

function isRestriction(access: Partial<RestrictedAccess> | undefined): boolean {
  const { role, scope } = access ?? {};
  const isScope = scope === null || SCOPES.some((known) => known === scope);
  return ROLES.some((known) => known === role) && isScope;
}

function isStrict(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodObject) return schema.def.catchall instanceof z.ZodNever;
  if (schema instanceof z.ZodUnion) return schema.options.every((option) => isStrict(option as z.ZodType));
  return false;
}
