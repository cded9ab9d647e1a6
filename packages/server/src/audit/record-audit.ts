import type { Kysely } from "kysely";
import type { Actor } from "../actor.ts";
import type { Tables } from "../store/tables.ts";

/** What JSON can say, as an object. */
export type JsonObject = { readonly [name: string]: JsonValue };
type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface AuditRecord {
  readonly actor: Actor;
  /** Dotted words, the kind of thing first: `secret.rotate`. */
  readonly action: string;
  readonly appId: string | null;
  /** What it was done to: a key, the id of a secret, an operator. */
  readonly target: string | null;
  /** Never a secret's value. */
  readonly details: JsonObject;
}

/**
 * Writes one entry of the audit trail.
 *
 * @param transaction the one that makes the change, so that neither is there without the other.
 */
export async function recordAudit(transaction: Kysely<Tables>, record: AuditRecord): Promise<void> {
  const { actor, action, appId, target, details } = record;
  await transaction
    .insertInto("audit")
    .values({
      at: new Date().toISOString(),
      actor_kind: actor.kind,
      actor_id: actor.id,
      actor_name: withoutNul(actor.name),
      actor_address: actor.address,
      action,
      app_id: appId,
      target: target === null ? null : withoutNul(target),
      details: JSON.stringify(details),
    })
    .execute();
}

/** PostgreSQL keeps no NUL, and an app may well call a user so: what happens is put on record all the same. */
function withoutNul(text: string): string {
  return text.replaceAll("\0", "\ufffd");
}
