import { AdminError } from "./admin-errors.ts";
import { type Principal, type Role, roleReaches, type Scope } from "./principal.ts";

/** Who may use a route. There is no default: a route that does not say cannot be made. */
export type Access = "public" | RestrictedAccess;

export interface RestrictedAccess {
  readonly role: Role;
  /** What a token needs besides the role; `null` where knowing the token is enough. */
  readonly scope: Scope | null;
  /** Only for people with a session: neither tokens nor the local command line. */
  readonly only?: "session";
  /** A person must have proved who they are in the last five minutes. Tokens are held to their scope. */
  readonly reauthenticate?: true;
}

/** Throws unless the principal may. */
export function requireAccess(access: RestrictedAccess, principal: Principal, nowMs: number): void {
  if (access.only === "session" && principal.kind !== "operator") throw new AdminError("session_required");
  if (!roleReaches(principal.role, access.role)) {
    throw new AdminError("role_too_low", {
      message: `this needs the role ${access.role}, and yours is ${principal.role}`,
    });
  }
  if (access.scope !== null) requireScope(access.scope, principal);
  if (access.reauthenticate) requireRecentLogIn(principal, nowMs);
}

/**
 * For what lays secrets open, decided inside a route: a person must have proved who they are in the last five minutes,
 * a token needs the scope `secrets:reveal`, and the local command line may.
 */
export function requireRecentAuthentication(principal: Principal, nowMs: number): void {
  requireScope("secrets:reveal", principal);
  requireRecentLogIn(principal, nowMs);
}

export function requireRole(role: Role, principal: Principal): void {
  requireAccess({ role, scope: null }, principal, 0);
}

function requireScope(scope: Scope, principal: Principal): void {
  if (principal.kind !== "token" || principal.scopes.includes(scope)) return;
  throw new AdminError("scope_missing", { message: `this token has not got the scope ${scope}` });
}

const RECENT_MS = 5 * 60_000;

function requireRecentLogIn(principal: Principal, nowMs: number): void {
  if (principal.kind !== "operator") return;
  // One of the future was before the clock was put back, nobody knows how long.
  const ageMs = Math.abs(nowMs - Date.parse(principal.session.authenticatedAt));
  if (ageMs > RECENT_MS) throw new AdminError("reauthentication_required");
}
