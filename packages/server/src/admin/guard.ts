import { requireAccess } from "./access.ts";
import { AdminError } from "./admin-errors.ts";
import { isFromOtherSite } from "./cross-site.ts";
import type { Principal } from "./principal.ts";
import type { RequestOrigin, RouteSpec } from "./route.ts";
import type { AdminServices } from "./services.ts";

export interface Caller {
  /** `null` on public routes, where nobody is asked. */
  readonly principal: Principal | null;
}

/** Finds out who asks and whether they may. Throws an `AdminError` when not. */
export async function guard(
  { method, access }: RouteSpec,
  request: Request,
  origin: RequestOrigin,
  services: AdminServices,
): Promise<Caller> {
  const isUnsafe = method !== "get";
  const hasBearer = request.headers.has("authorization");
  // What a browser adds by itself counts for nothing on another site's behalf; a token is never added by itself.
  if (isUnsafe && !hasBearer && isFromOtherSite(request.headers, services.publicHosts)) {
    throw new AdminError("cross_site");
  }
  if (access === "public") return { principal: null };
  const principal = await services.authenticate(request, origin);
  if (!principal) throw new AdminError("not_authenticated");
  if (isUnsafe && principal.kind === "operator") requireCsrfToken(request, principal.session.csrfToken);
  requireAccess(access, principal, services.now());
  return { principal };
}

function requireCsrfToken(request: Request, csrfToken: string): void {
  if (request.headers.get("x-csrf-token") !== csrfToken) throw new AdminError("csrf_token_wrong");
}
