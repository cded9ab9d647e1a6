import { randomBytes } from "node:crypto";
import type { App, GrantScope, Restriction } from "@usher/hub";
import type { Actor } from "../actor.ts";
import { recordAudit } from "../audit/record-audit.ts";
import type { AppStore } from "../store/app-store.ts";
import type { Database } from "../store/database.ts";
import { type Ended, NOTHING_ENDED } from "./ended.ts";
import type { Grants } from "./grants.ts";
import type { GrantsToRevoke } from "./grants-to-revoke.ts";

export interface RevokeGrantsOptions {
  readonly grants: Grants;
  readonly apps: Pick<AppStore, "restrict">;
  readonly database: Database;
  /** Resolves once all that is committed holds on this node. */
  readonly refresh: () => Promise<void>;
  /** Takes the same back on the other nodes; undefined where there are none. */
  readonly revokeElsewhere?: ((app: App, scope: GrantScope, reason: string | null) => void) | undefined;
  readonly now: () => number;
}

/** What was taken back, on this node, and the restriction that lasts. */
export interface GrantsRevoked {
  readonly ended: Ended;
  /** Undefined where nothing lasts. */
  readonly restriction: Restriction | undefined;
}

/** Takes grants back; resolves once it is so. Throws a `StoreError` when it could not be written down, and then nothing ended. */
export type RevokeGrants = (app: App, what: GrantsToRevoke, by: Actor) => Promise<GrantsRevoked>;

/** @see RevokeGrants */
export function grantRevoker(options: RevokeGrantsOptions): RevokeGrants {
  return async (app, what, by) => {
    if (what.kind === "now") return revokeNow(app, what.scope, what.reason, by, options);
    const { grants, apps, refresh, now } = options;
    const restriction = restrictionOf(what, now());
    await apps.restrict(app.id, restriction, by);
    await refresh();
    return { ended: grants.ended(restriction.id) ?? NOTHING_ENDED, restriction };
  };
}

async function revokeNow(
  app: App,
  scope: GrantScope,
  reason: string | null,
  by: Actor,
  { grants, database, revokeElsewhere }: RevokeGrantsOptions,
): Promise<GrantsRevoked> {
  // The entry first: what cannot be written down is not done.
  await database.transaction((transaction) =>
    recordAudit(transaction, {
      actor: by,
      action: "grant.revoke",
      appId: app.id,
      target: scope.channel ?? scope.userId ?? scope.socketId,
      details: { channel: scope.channel, user_id: scope.userId, socket_id: scope.socketId, reason },
    }),
  );
  revokeElsewhere?.(app, scope, reason);
  return { ended: grants.revoke(app, scope, reason), restriction: undefined };
}

export function restrictionOf(what: Exclude<GrantsToRevoke, { kind: "now" }>, nowMs: number): Restriction {
  const suffix = randomBytes(6).toString("hex");
  if (what.kind === "notBefore") {
    const { channel, userId } = what;
    return { kind: "notBefore", id: `before_${suffix}`, channel, userId, atMs: nowMs };
  }
  const { userId, seconds, reason } = what;
  return { kind: "ban", id: `ban_${suffix}`, userId, untilMs: nowMs + seconds * 1000, reason };
}

/** A revocation as the HTTP API and the admin API answer it. */
export function revocationAnswer({ ended, restriction }: GrantsRevoked) {
  const { connections, subscriptions, signIns, withinSeconds } = ended;
  return {
    ended: { connections, subscriptions, sign_ins: signIns, within_seconds: withinSeconds },
    ...(restriction ? { restriction: printRestriction(restriction) } : {}),
  };
}

/** A restriction as people read it. Times are ISO 8601, UTC. */
export function printRestriction(restriction: Restriction) {
  if (restriction.kind === "ban") {
    const { kind, id, userId, untilMs, reason } = restriction;
    return { id, kind, user_id: userId, until: untilMs === null ? null : isoTime(untilMs), reason };
  }
  const { id, channel, userId, atMs } = restriction;
  return { id, kind: "not_before" as const, channel, user_id: userId, at: isoTime(atMs) };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
