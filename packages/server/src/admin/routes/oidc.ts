import { z } from "@hono/zod-openapi";
import { parse, serialize } from "hono/utils/cookie";
import { splitUrl } from "../../edges/split-url.ts";
import { AdminError } from "../admin-errors.ts";
import type { BegunLogIn, OidcLogIn } from "../oidc/oidc-log-in.ts";
import { adminRoute, type RequestOrigin } from "../route.ts";
import type { AdminServices } from "../services.ts";
import { type CookieScope, isSecure, sessionCookie, sessionTokenOf } from "../session-cookie.ts";

const TAG = "Getting in";

const startOidc = adminRoute({
  method: "get",
  path: "/oidc/start",
  operationId: "startOidc",
  tag: TAG,
  summary: "Log in with OpenID Connect",
  description: "For a browser to open, not to fetch.",
  access: "public",
  answers: { 302: { about: "To the provider" } },
  errors: ["oidc_not_configured", "oidc_unavailable"],
}).answeredBy(async (context) => {
  const { services } = context;
  const { url, begun } = await requireOidc(services).begin(redirectUri(services));
  return { status: 302, headers: { location: url }, cookies: [begunCookie(begun, context)] };
});

const finishOidc = adminRoute({
  method: "get",
  path: "/oidc/callback",
  operationId: "finishOidc",
  tag: TAG,
  summary: "Come back from the provider",
  access: "public",
  answers: {
    302: { about: "To the dashboard, with a session; or with `#error=` and the code of what went wrong" },
  },
  errors: ["oidc_not_configured"],
}).answeredBy(async (context) => {
  const { request, origin, services } = context;
  const oidc = requireOidc(services);
  try {
    const callback = new URL(redirectUri(services));
    callback.search = splitUrl(request.url).rawQuery;
    const person = await services.limits.attempt(origin.address, null, async () =>
      oidc.finish(callback, begunLogIn(request)),
    );
    const operator = await services.operators.admit(person, origin.address);
    const { token } = await services.sessions.start(operator, {
      method: "oidc",
      address: origin.address,
      userAgent: request.headers.get("user-agent"),
      formerToken: sessionTokenOf(request),
    });
    return {
      status: 302,
      headers: { location: `${services.url()}/dashboard/` },
      cookies: [
        sessionCookie(token, { ...context, origin: seenFrom(origin, services) }),
        noBegunCookie(context),
      ],
    };
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    // A person looks at this in a browser, where JSON would leave them stranded.
    return {
      status: 302,
      headers: { location: `${services.url()}/dashboard/#error=${error.code}` },
      cookies: [noBegunCookie(context)],
    };
  }
});

export const oidcRoutes = [startOidc, finishOidc];

function requireOidc({ oidc }: AdminServices): OidcLogIn {
  if (!oidc) throw new AdminError("oidc_not_configured");
  return oidc;
}

function redirectUri({ url }: AdminServices): string {
  return `${url()}/admin/v1/oidc/callback`;
}

/** A browser that follows the provider's redirect sends no `Origin`; but where it was sent to is known. */
function seenFrom(origin: RequestOrigin, services: AdminServices): RequestOrigin {
  return { ...origin, isTls: origin.isTls || redirectUri(services).startsWith("https:") };
}

const BEGUN = "usher_oidc";
const BEGUN_SECONDS = 600;
const begunSchema = z.object({ state: z.string(), nonce: z.string(), codeVerifier: z.string() });

/** Lax, since the browser comes back from another site; it is of use for nothing but this one log-in. */
function begunCookie(begun: BegunLogIn, scope: CookieScope): string {
  const value = Buffer.from(JSON.stringify(begun)).toString("base64url");
  return serialize(BEGUN, value, { ...begunOptions(scope), maxAge: BEGUN_SECONDS });
}

function noBegunCookie(scope: CookieScope): string {
  return serialize(BEGUN, "", { ...begunOptions(scope), maxAge: 0 });
}

function begunOptions(scope: CookieScope) {
  const path = `${scope.services.pathPrefix}/admin/v1/oidc/`;
  return { path, httpOnly: true, sameSite: "Lax", secure: isSecure(scope) } as const;
}

function begunLogIn(request: Request): BegunLogIn {
  const value = parse(request.headers.get("cookie") ?? "", BEGUN)[BEGUN];
  try {
    return begunSchema.parse(JSON.parse(Buffer.from(value ?? "", "base64url").toString()));
  } catch (cause) {
    throw new AdminError("oidc_failed", { cause });
  }
}
