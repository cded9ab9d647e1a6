import { z } from "@hono/zod-openapi";
import { recordAudit } from "../../audit/record-audit.ts";
import { type Ended, NOTHING_ENDED } from "../../grants/ended.ts";
import type { StoredApp } from "../../store/app-store.ts";
import { generateSecret } from "../../store/credentials.ts";
import { requireRole } from "../access.ts";
import { AdminError, type AdminErrorCode } from "../admin-errors.ts";
import { adminRoute } from "../route.ts";
import type { AdminServices } from "../services.ts";
import { requireApp } from "./apps-require.ts";
import { takeEffect } from "./secrets-applied.ts";
import {
  keyParams,
  retireForSchema,
  revokedSchema,
  rotatedSchema,
  secretParams,
  secretValueSchema,
  statusSchema,
} from "./secrets-schema.ts";
import { type SecretsStatus, secretsOf, secretsStatus } from "./secrets-status.ts";

const NOT_FOUND = ["app_not_found", "key_not_found"] as const satisfies readonly AdminErrorCode[];

/** For how long a status takes it that the current secret would retire, where nobody says. */
const USUAL_RETIREMENT_SECONDS = 86_400;

const getSecrets = adminRoute({
  method: "get",
  path: "/apps/{app_id}/keys/{key}/secrets",
  operationId: "getSecrets",
  tag: "Secrets",
  summary: "Show the secrets of a key and who uses them",
  description:
    "Without their values. Says of each secret when it was last used, how often, for what and by whom, what it holds, and whether it is safe to take the next step.",
  access: { role: "viewer", scope: "secrets:read" },
  params: keyParams,
  query: z.strictObject({
    retire_for_seconds: z.coerce.number().pipe(retireForSchema).default(USUAL_RETIREMENT_SECONDS).openapi({
      type: "integer",
      description: "For which `safe_to_activate` is worked out; a day where it is not given",
      example: USUAL_RETIREMENT_SECONDS,
    }),
  }),
  answers: { 200: { about: "Where the rotation stands", body: statusSchema } },
  errors: NOT_FOUND,
}).answeredBy(async ({ params, query, services }) => {
  const { store } = services;
  const app = await requireApp(store.apps, params.app_id);
  const applied = await store.nodes.appliedOn(await store.apps.revision());
  const retireForSeconds = query.retire_for_seconds;
  return { status: 200, body: await secretsStatus(app, params.key, { retireForSeconds, applied }, services) };
});

const rotateSecret = adminRoute({
  method: "post",
  path: "/apps/{app_id}/keys/{key}/secrets/rotate",
  operationId: "rotateSecret",
  tag: "Secrets",
  summary: "Begin a rotation: make a pending secret",
  description:
    "Signatures of both it and the current secret are accepted from now on; the current one goes on signing webhooks. The new secret is shown in this answer and not again.",
  access: { role: "operator", scope: "secrets:write" },
  params: keyParams,
  body: z.strictObject({ secret: secretValueSchema.optional() }),
  answers: {
    200: {
      about: "The pending secret, and where the rotation stands",
      body: rotatedSchema,
    },
  },
  errors: [...NOT_FOUND, "rotation_in_progress", "secret_known"],
}).answeredBy(async ({ params, body, by, services }) => {
  const { secret = generateSecret() } = body;
  const app = await services.store.apps.rotateSecret(params.app_id, params.key, { secret }, by);
  return { status: 200, body: { secret, ...(await statusNow(app, params.key, services)) } };
});

const activateSecret = adminRoute({
  method: "post",
  path: "/apps/{app_id}/keys/{key}/secrets/activate",
  operationId: "activateSecret",
  tag: "Secrets",
  summary: "Activate the pending secret",
  description:
    "It signs webhooks from now on. The former current secret retires: it stays accepted for as long as is asked, and is revoked then by itself. Nobody is disconnected.",
  access: { role: "operator", scope: "secrets:write" },
  params: keyParams,
  body: z.strictObject({
    retire_for_seconds: retireForSchema.default(0).openapi({
      description: "How long the former secret stays accepted; 0 revokes it at once, 30 days are the most",
      example: USUAL_RETIREMENT_SECONDS,
    }),
  }),
  answers: { 200: { about: "Where the rotation stands", body: statusSchema } },
  errors: [...NOT_FOUND, "nothing_pending"],
}).answeredBy(async ({ params, body, by, services }) => {
  const options = { retireForSeconds: body.retire_for_seconds };
  const app = await services.store.apps.activateSecret(params.app_id, params.key, options, by);
  return { status: 200, body: await statusNow(app, params.key, services) };
});

const undoActivation = adminRoute({
  method: "post",
  path: "/apps/{app_id}/keys/{key}/secrets/undo",
  operationId: "undoActivation",
  tag: "Secrets",
  summary: "Undo the last activation",
  description:
    "As long as the secret before it is still retiring: that becomes the current one again, and today's current one is pending.",
  access: { role: "operator", scope: "secrets:write" },
  params: keyParams,
  answers: { 200: { about: "Where the rotation stands", body: statusSchema } },
  errors: [...NOT_FOUND, "nothing_to_undo", "rotation_in_progress"],
}).answeredBy(async ({ params, by, services }) => {
  const app = await services.store.apps.undoActivation(params.app_id, params.key, by);
  return { status: 200, body: await statusNow(app, params.key, services) };
});

const cancelRotation = adminRoute({
  method: "post",
  path: "/apps/{app_id}/keys/{key}/secrets/cancel",
  operationId: "cancelRotation",
  tag: "Secrets",
  summary: "Cancel the rotation: revoke the pending secret",
  description: "Quietly: nobody is disconnected.",
  access: { role: "operator", scope: "secrets:write" },
  params: keyParams,
  answers: { 200: { about: "Where the rotation stands", body: statusSchema } },
  errors: [...NOT_FOUND, "nothing_pending"],
}).answeredBy(async ({ params, by, services }) => {
  const app = await services.store.apps.cancelRotation(params.app_id, params.key, by);
  return { status: 200, body: await statusNow(app, params.key, services) };
});

const endConnections = z.boolean().default(true).openapi({
  description:
    "Whether what the secret had admitted is ended; its clients come back and ask for new signatures",
  example: true,
});

const revokeSecrets = adminRoute({
  method: "post",
  path: "/apps/{app_id}/keys/{key}/secrets/revoke",
  operationId: "revokeSecrets",
  tag: "Secrets",
  summary: "Revoke secrets in an emergency",
  description:
    "They are not accepted from now on, and do not come back. Subscriptions and sign-ins that they signed end at once; their connections are closed with 4200 at a pace that spares the app's server. Revoking the current secret needs the role owner: the pending one takes its place, or a new one, which is shown in this answer and not again.",
  access: { role: "operator", scope: "secrets:write" },
  params: keyParams,
  body: z.union([
    z.strictObject({
      which: z.enum(["pending", "retiring", "current"]).openapi({
        description: "`retiring` are all that retire",
        example: "retiring",
      }),
      end_connections: endConnections,
    }),
    z.strictObject({
      secret_id: z.string().openapi({ description: "One secret of the key", example: "sec_5f3a9c02b7d1" }),
      end_connections: endConnections,
    }),
  ]),
  answers: {
    200: {
      about: "What was ended, and where the rotation stands",
      body: revokedSchema,
    },
  },
  errors: [...NOT_FOUND, "secret_not_found", "nothing_pending", "nothing_retiring", "already_revoked"],
}).answeredBy(async ({ params, body, principal, by, services }) => {
  const { apps } = services.store;
  const secrets = secretsOf(await requireApp(apps, params.app_id), params.key);
  const which = "which" in body ? body.which : { secretId: body.secret_id };
  const isCurrent =
    typeof which === "string"
      ? which === "current"
      : secrets.some(({ id, state }) => id === which.secretId && state === "current");
  if (isCurrent) requireRole("owner", principal);
  const replacement = generateSecret();
  const revoked = await apps.revokeSecrets(
    params.app_id,
    params.key,
    { which, endConnections: body.end_connections, replacement },
    by,
  );
  const status = await statusNow(revoked.app, params.key, services);
  const { connections, subscriptions, signIns, withinSeconds } = endedWith(revoked.revokedIds, services);
  return {
    status: 200,
    body: {
      ended: { connections, subscriptions, sign_ins: signIns, within_seconds: withinSeconds },
      ...(revoked.isReplaced && { secret: replacement }),
      ...status,
    },
  };
});

const revealSecret = adminRoute({
  method: "post",
  path: "/apps/{app_id}/keys/{key}/secrets/{secret_id}/reveal",
  operationId: "revealSecret",
  tag: "Secrets",
  summary: "Show the value of a secret",
  description:
    "Needs a log-in of the last five minutes. The audit trail has it before the value is answered.",
  access: { role: "owner", scope: "secrets:reveal", reauthenticate: true },
  params: secretParams,
  answers: {
    200: {
      about: "The value",
      body: z.object({
        secret_id: z.string().openapi({ example: "sec_5f3a9c02b7d1" }),
        secret: z.string().openapi({ example: "d0b8a4f2c1e93f7756ab10cd42e8f9135c6b7a890f1e2d3c" }),
      }),
    },
  },
  errors: [...NOT_FOUND, "secret_not_found"],
}).answeredBy(async ({ params, by, services: { store } }) => {
  const app = await requireApp(store.apps, params.app_id);
  const secret = secretsOf(app, params.key).find(({ id }) => id === params.secret_id);
  if (!secret) throw new AdminError("secret_not_found");
  await store.database.transaction((transaction) =>
    recordAudit(transaction, {
      actor: by,
      action: "secret.reveal",
      appId: app.id,
      target: params.key,
      details: { id: secret.id, fingerprint: secret.fingerprint, state: secret.state },
    }),
  );
  return { status: 200, body: { secret_id: secret.id, secret: secret.value } };
});

export const secretRoutes = [
  getSecrets,
  rotateSecret,
  activateSecret,
  undoActivation,
  cancelRotation,
  revokeSecrets,
  revealSecret,
];

/** The status after a change, once that is in effect. */
async function statusNow(app: StoredApp, key: string, services: AdminServices): Promise<SecretsStatus> {
  const applied = await takeEffect(services);
  return secretsStatus(app, key, { retireForSeconds: USUAL_RETIREMENT_SECONDS, applied }, services);
}

function endedWith(secretIds: readonly string[], { live }: AdminServices): Ended {
  return secretIds
    .map((id) => live?.ended(id) ?? NOTHING_ENDED)
    .reduce(
      (sum, ended) => ({
        connections: sum.connections + ended.connections,
        subscriptions: sum.subscriptions + ended.subscriptions,
        signIns: sum.signIns + ended.signIns,
        withinSeconds: Math.max(sum.withinSeconds, ended.withinSeconds),
      }),
      NOTHING_ENDED,
    );
}
