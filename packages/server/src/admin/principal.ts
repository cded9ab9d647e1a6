import type { Actor } from "../actor.ts";

/** Who a request comes from, once that was proved. */
export type Principal = OperatorPrincipal | TokenPrincipal | LocalPrincipal;

/** A person with an open session. */
export interface OperatorPrincipal {
  readonly kind: "operator";
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly session: {
    readonly id: string;
    /** What `X-CSRF-Token` must say on every request that changes something. */
    readonly csrfToken: string;
    /** ISO 8601, UTC: the end at the latest. */
    readonly expiresAt: string;
    /** ISO 8601, UTC: when the person last proved who they are. */
    readonly authenticatedAt: string;
  };
}

export interface TokenPrincipal {
  readonly kind: "token";
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** ISO 8601, UTC; `null` for a token without an end. */
  readonly expiresAt: string | null;
}

/** The command line on the server's own machine: whoever may read the data folder may do everything. */
export interface LocalPrincipal {
  readonly kind: "local";
  readonly id: "";
  readonly name: "local";
  readonly role: "owner";
}

export const LOCAL: LocalPrincipal = { kind: "local", id: "", name: "local", role: "owner" };

/** What a person or token may do at most; each role may do what the ones before it may. */
export const ROLES = ["viewer", "operator", "owner"] as const;
export type Role = (typeof ROLES)[number];

export function roleReaches(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** What a token may be used for. People and the local command line are held to their role alone. */
export const SCOPES = [
  "apps:read",
  "apps:write",
  "secrets:read",
  "secrets:write",
  "secrets:reveal",
  "grants:write",
  "events:write",
  "webhooks:read",
  "webhooks:write",
  "live:read",
  "live:write",
  "audit:read",
  "operators:write",
  "tokens:write",
  "nodes:read",
  "nodes:write",
] as const;
export type Scope = (typeof SCOPES)[number];

/** The same for the audit trail. */
export function actorOf(principal: Principal, address: string | null): Actor {
  const { kind, id } = principal;
  return { kind, id, name: kind === "operator" ? principal.email : principal.name, address };
}
