import { z } from "@hono/zod-openapi";
import { printAppSettings } from "../../config/app-settings.ts";
import { printRestriction } from "../../grants/revoke-grants.ts";
import type { ImportedSecret, StoredApp, StoredSecret } from "../../store/app-store.ts";
import { generateSecretId } from "../../store/credentials.ts";
import { MAX_RESTRICTIONS } from "../../store/restrictions.ts";
import { appNameSchema, appSchema, settingsSchema } from "./apps-schema.ts";
import { restrictionSchema } from "./grants-schema.ts";

const time = z.iso.datetime();

const exportedSecretSchema = z
  .strictObject({
    id: z.string().min(1).max(100).optional(),
    value: z.string().min(1).openapi({
      description: "Taken as it is, so that nobody who signs with it has to change anything",
      example: "d0b8a4f2c1e93f7756ab10cd42e8f9135c6b7a890f1e2d3c",
    }),
    state: z.enum(["pending", "current", "retiring", "revoked"]).default("current"),
    created_at: time.optional(),
    activated_at: time.nullable().optional(),
    retire_at: time.nullable().optional(),
    replaced_by: z
      .string()
      .nullable()
      .optional()
      .openapi({ description: "Of a retiring secret: the id of the one that was activated over it" }),
    revoked_at: time.nullable().optional(),
    ends_connections: z
      .boolean()
      .optional()
      .openapi({ description: "Of a revoked secret: whether what it had admitted was ended" }),
  })
  .openapi("ExportedSecret");

export const exportedAppSchema = z
  .strictObject({
    id: appNameSchema.openapi({ example: "418231" }),
    name: z.string().optional().openapi({ example: "Shop" }),
    enabled: z.boolean().default(true),
    created_at: time.optional(),
    settings: settingsSchema.default({}).openapi({ example: { client_events: true } }),
    restrictions: z.array(restrictionSchema).max(MAX_RESTRICTIONS).default([]),
    keys: z.array(
      z.strictObject({
        key: appNameSchema.openapi({ example: "7a1c39d40be25f68c0aa" }),
        secrets: z.array(exportedSecretSchema).default([]).openapi({
          description: "In the order in which they were made; empty in an export without secrets",
        }),
      }),
    ),
  })
  .openapi("ExportedApp");

export const exportSchema = z
  .strictObject({
    kind: z.literal("usher_apps").default("usher_apps"),
    version: z.literal(1).default(1),
    exported_at: time.optional(),
    apps: z.array(exportedAppSchema),
  })
  .openapi("Export");

export const importedSchema = z.object({
  added: z.array(appSchema),
  skipped: z.array(z.string()).openapi({ description: "Ids of apps that were there already", example: [] }),
});

export type ExportedApp = z.output<typeof exportedAppSchema>;

export function exportApp(app: StoredApp, withSecrets: boolean): z.input<typeof exportedAppSchema> {
  return {
    id: app.id,
    name: app.name,
    enabled: app.enabled,
    created_at: app.createdAt,
    settings: printAppSettings(app.overrides),
    restrictions: app.restrictions.map(printRestriction),
    keys: app.keys.map(({ key }) => ({
      key,
      secrets: withSecrets ? app.secrets.filter((secret) => secret.key === key).map(exportSecret) : [],
    })),
  };
}

function exportSecret(secret: StoredSecret): z.input<typeof exportedSecretSchema> {
  return {
    id: secret.id,
    value: secret.value,
    state: secret.state,
    created_at: secret.createdAt,
    activated_at: secret.activatedAt,
    retire_at: secret.retireAt,
    replaced_by: secret.replacedBy,
    revoked_at: secret.revokedAt,
    ends_connections: secret.endsConnections,
  };
}

/** The inverse of {@link exportApp} for a secret; what is left out is filled in as for one that is made now. */
export function readSecret(secret: z.output<typeof exportedSecretSchema>, nowIso: string): ImportedSecret {
  const { state } = secret;
  return {
    id: secret.id ?? generateSecretId(),
    value: secret.value,
    state,
    createdAt: secret.created_at ?? nowIso,
    activatedAt: secret.activated_at ?? (state === "current" ? nowIso : null),
    retireAt: secret.retire_at ?? (state === "retiring" ? nowIso : null),
    replacedBy: secret.replaced_by ?? null,
    revokedAt: secret.revoked_at ?? (state === "revoked" ? nowIso : null),
    endsConnections: secret.ends_connections ?? false,
  };
}
