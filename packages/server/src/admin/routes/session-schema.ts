import { z } from "@hono/zod-openapi";
import { MAX_PASSWORD_CHARACTERS } from "../operators/passwords.ts";
import type { StartedSession } from "../operators/session-store.ts";
import { type Principal, ROLES, SCOPES } from "../principal.ts";
import { type CookieScope, sessionCookie } from "../session-cookie.ts";

export const sessionSchema = z
  .object({
    principal: z.object({
      kind: z.enum(["operator", "token", "local"]),
      id: z.string(),
      name: z.string(),
      email: z.string().nullable(),
      role: z.enum(ROLES),
      scopes: z.array(z.enum(SCOPES)).openapi({ description: "Of a token; everybody else has all" }),
    }),
    csrf_token: z
      .string()
      .nullable()
      .openapi({ description: "For the header `X-CSRF-Token`; `null` without a session" }),
    expires_at: z.iso.datetime().nullable(),
    authenticated_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: "When the person last proved who they are; `null` without a session" }),
  })
  .openapi("Session");

export function sessionBody(principal: Principal): z.input<typeof sessionSchema> {
  const { kind, id, name, role } = principal;
  const session = principal.kind === "operator" ? principal.session : null;
  return {
    principal: {
      kind,
      id,
      name,
      email: principal.kind === "operator" ? principal.email : null,
      role,
      scopes: [...(principal.kind === "token" ? principal.scopes : SCOPES)],
    },
    csrf_token: session?.csrfToken ?? null,
    expires_at: session?.expiresAt ?? (principal.kind === "token" ? principal.expiresAt : null),
    authenticated_at: session?.authenticatedAt ?? null,
  };
}

/** The answer to a log-in of any kind. */
export function startedSession({ token, principal }: StartedSession, scope: CookieScope) {
  return {
    status: 201,
    body: sessionBody(principal),
    cookies: [sessionCookie(token, scope)],
  } as const;
}

export const emailField = z.email().max(254);
export const personNameField = z.string().trim().min(1).max(200);
/** What is acceptable is decided with the e-mail address at hand; this only bounds what is looked at. */
export const passwordField = z.string().min(1).max(MAX_PASSWORD_CHARACTERS);
export const linkTokenField = z
  .string()
  .min(1)
  .max(200)
  .openapi({ description: "What stands after `#token=` in the one-time link" });
