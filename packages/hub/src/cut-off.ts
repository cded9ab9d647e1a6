import { UsherError } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import { closeSoon } from "./effect.ts";
import { endGrants, type GrantsEnded, lostGrants } from "./end-grants.ts";

/**
 * Ends everything that some secrets signed, at once: the subscriptions, the sign-ins, and the memberships that a sign-in
 * stood for. The connections follow at a pace, with a code at which clients come back with a new socket id and ask for a
 * new signature. Whoever was admitted by another secret alone, or only listens to public channels, is left in peace.
 */
export function cutOff(state: AppState, secretIds: ReadonlySet<string>, nowMs: number): GrantsEnded {
  const lost = [...state.connections.values()].flatMap((connection) => {
    const { user } = connection;
    const signIn = user !== undefined && secretIds.has(user.secretId);
    return (
      lostGrants(connection, signIn, ({ secretId }) => secretId !== undefined && secretIds.has(secretId)) ??
      []
    );
  });
  const error = new UsherError("reauthorization_required", { reason: "its secret was revoked" });
  return endGrants(state, lost, "secret_revoked", nowMs, ({ connection }) => closeSoon(connection, error));
}
