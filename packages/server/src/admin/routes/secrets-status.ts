import type { z } from "@hono/zod-openapi";
import type { Safety } from "../../evidence/safety.ts";
import { safeToActivate, safeToRevoke } from "../../evidence/safety.ts";
import type { SecretUse } from "../../evidence/secret-use.ts";
import type { AppliedOn } from "../../nodes/node-store.ts";
import type { StoredApp, StoredSecret } from "../../store/app-store.ts";
import {
  activate,
  cancel,
  newCurrent,
  newPending,
  type RotatingSecret,
  revoke,
  rotate,
  undo,
} from "../../store/rotation.ts";
import { AdminError } from "../admin-errors.ts";
import type { Held } from "../live.ts";
import type { AdminServices } from "../services.ts";
import { printSecret } from "./apps-schema.ts";
import type { NextStep, statusSchema } from "./secrets-schema.ts";

export type SecretsStatus = z.input<typeof statusSchema>;

/** Where the rotation of a key stands, with the evidence for the next step. Throws `key_not_found`. */
export async function secretsStatus(
  app: StoredApp,
  key: string,
  { retireForSeconds, applied }: { readonly retireForSeconds: number; readonly applied: AppliedOn },
  { evidence, live, now }: Pick<AdminServices, "evidence" | "live" | "now">,
): Promise<SecretsStatus> {
  const secrets = secretsOf(app, key);
  const uses = await evidence.useOf(secrets.map(({ id }) => id));
  const nowMs = now();
  const known = { secrets, uses, nowMs };
  const held = live?.held(app.id);
  return {
    app_id: app.id,
    key,
    secrets: secrets.map((secret) => ({
      ...printSecret(secret),
      use: printUse(uses.get(secret.id)),
      held: held ? printHeld(held.get(secret.id)) : null,
      safe_to_revoke: printVerdict(safeToRevoke(secret, known)),
    })),
    safe_to_activate: printVerdict(safeToActivate(retireForSeconds, known)),
    next_steps: nextSteps(secrets, nowMs),
    applied,
  };
}

/** The key's secrets in the order in which they were made. Throws `key_not_found`. */
export function secretsOf(app: StoredApp, key: string): readonly StoredSecret[] {
  const secrets = app.secrets.filter((secret) => secret.key === key);
  if (secrets.length > 0) return secrets;
  throw new AdminError("key_not_found", { message: `app ${app.id} has no key ${key}` });
}

/** The steps that would not be refused now. */
function nextSteps(secrets: readonly RotatingSecret[], nowMs: number): NextStep[] {
  const revocation = { nowMs, endConnections: true };
  const taken = {
    rotate: rotate(secrets, newPending("")),
    activate: activate(secrets, { nowMs, retireForSeconds: 0 }),
    undo: undo(secrets),
    cancel: cancel(secrets, { nowMs }),
    revoke: revoke(secrets, "current", revocation, newCurrent("", new Date(nowMs).toISOString())),
  };
  return (Object.keys(taken) as NextStep[]).filter((step) => taken[step].ok);
}

function printUse(use: SecretUse | undefined): SecretsStatus["secrets"][number]["use"] {
  // The evidence answers for every secret that it is asked about.
  if (!use) throw new Error("there is no record of the use of a secret");
  const ofKind = ({ countLast24Hours, lastUsedAt }: SecretUse["byKind"]["channel"]) => ({
    count_24h: countLast24Hours,
    last_used_at: lastUsedAt,
  });
  return {
    observed_since: use.observedSince,
    first_used_at: use.firstUsedAt,
    last_used_at: use.lastUsedAt,
    count_24h: use.countLast24Hours,
    by_kind: {
      http_api: ofKind(use.byKind.http_api),
      channel: ofKind(use.byKind.channel),
      user: ofKind(use.byKind.user),
    },
    clients: use.clients.map(({ client, address, kind, count, lastUsedAt }) => ({
      client,
      address,
      kind,
      count_24h: count,
      last_used_at: lastUsedAt,
    })),
  };
}

function printHeld(held: Held | undefined): SecretsStatus["secrets"][number]["held"] {
  return {
    connections: held?.connections ?? 0,
    subscriptions: held?.subscriptions ?? 0,
    sign_ins: held?.signIns ?? 0,
  };
}

function printVerdict({ safe, reasons }: Safety): SecretsStatus["safe_to_activate"] {
  return { safe, reasons: reasons.map(({ code, message }) => ({ code, message })) };
}
