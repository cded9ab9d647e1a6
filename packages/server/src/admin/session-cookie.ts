import { parse, serialize } from "hono/utils/cookie";
import { LIFETIME_MS } from "./operators/session-store.ts";
import type { RequestOrigin } from "./route.ts";

const NAME = "usher_session";

export function sessionTokenOf(request: Request): string | undefined {
  return parse(request.headers.get("cookie") ?? "", NAME)[NAME];
}

export interface CookieScope {
  readonly request: Request;
  readonly origin: RequestOrigin;
  readonly services: { readonly pathPrefix: string };
}

/** `Set-Cookie` for a session that starts. No script reads it, and no other site's page has it sent. */
export function sessionCookie(token: string, scope: CookieScope): string {
  return serialize(NAME, token, {
    path: pathOf(scope),
    httpOnly: true,
    sameSite: "Strict",
    secure: isSecure(scope),
    maxAge: LIFETIME_MS / 1000,
  });
}

/** `Set-Cookie` that takes it away. */
export function noSessionCookie(scope: CookieScope): string {
  return serialize(NAME, "", { path: pathOf(scope), httpOnly: true, sameSite: "Strict", maxAge: 0 });
}

/** A browser says itself that it came by https, whatever a proxy has told us or not. */
export function isSecure({ request, origin }: CookieScope): boolean {
  return origin.isTls || request.headers.get("origin")?.startsWith("https:") === true;
}

function pathOf({ services }: CookieScope): string {
  return `${services.pathPrefix}/`;
}
