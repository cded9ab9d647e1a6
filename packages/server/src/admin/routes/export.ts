import { z } from "@hono/zod-openapi";
import { recordAudit } from "../../audit/record-audit.ts";
import { parseAppSettings } from "../../config/app-settings.ts";
import type { ImportedApp } from "../../store/app-store.ts";
import { requireRecentAuthentication, requireRole } from "../access.ts";
import { AdminError, type FieldProblem } from "../admin-errors.ts";
import { adminRoute } from "../route.ts";
import { requireApp } from "./apps-require.ts";
import { printApp } from "./apps-schema.ts";
import { type ExportedApp, exportApp, exportSchema, importedSchema, readSecret } from "./export-schema.ts";
import { readRestriction } from "./grants-schema.ts";

const exportApps = adminRoute({
  method: "get",
  path: "/export",
  operationId: "exportApps",
  tag: "Apps",
  summary: "Export apps",
  description:
    "All apps, or one, as `POST /import` takes them. With `secrets=true` it holds every secret in plain: that needs the role owner, a log-in of the last five minutes, and of a token the scope `secrets:reveal`. Every export is in the audit trail.",
  access: { role: "viewer", scope: "apps:read" },
  query: z.strictObject({
    app_id: z.string().optional().openapi({ description: "Only this app", example: "418231" }),
    secrets: z
      .stringbool()
      .default(false)
      .openapi({ type: "boolean", description: "Whether the secrets are in it", example: false }),
  }),
  answers: { 200: { about: "The apps", body: exportSchema } },
  errors: ["app_not_found", "reauthentication_required"],
}).answeredBy(async ({ query, principal, by, services: { store, now } }) => {
  if (query.secrets) {
    requireRole("owner", principal);
    requireRecentAuthentication(principal, now());
  }
  const apps =
    query.app_id === undefined ? await store.apps.list() : [await requireApp(store.apps, query.app_id)];
  // Before the answer, so that no secret leaves without a trace.
  await store.database.transaction((transaction) =>
    recordAudit(transaction, {
      actor: by,
      action: "apps.export",
      appId: query.app_id ?? null,
      target: null,
      details: { apps: apps.length, secrets: query.secrets },
    }),
  );
  return {
    status: 200,
    body: {
      kind: "usher_apps",
      version: 1,
      exported_at: new Date(now()).toISOString(),
      apps: apps.map((app) => exportApp(app, query.secrets)),
    },
  };
});

const importApps = adminRoute({
  method: "post",
  path: "/import",
  operationId: "importApps",
  tag: "Apps",
  summary: "Import apps",
  description:
    "Adds the apps of an export, or apps of another server written like one. All are added or none. Secrets are taken as they are, of any length, with the states that they had.",
  access: { role: "owner", scope: "apps:write" },
  query: z.strictObject({
    existing: z.enum(["refuse", "skip"]).default("refuse").openapi({
      description:
        "What happens to an app whose id is there already: all are refused, or this one is left as it is",
      example: "skip",
    }),
  }),
  body: exportSchema,
  maxBodyBytes: 16 * 1024 * 1024,
  answers: {
    200: {
      about: "What became of each",
      body: importedSchema,
    },
  },
  errors: ["app_exists", "key_taken", "import_invalid", "import_needs_secrets"],
}).answeredBy(async ({ query: { existing }, body, by, services: { store, live, now } }) => {
  const nowIso = new Date(now()).toISOString();
  const known = new Set(existing === "skip" ? (await store.apps.list()).map(({ id }) => id) : []);
  const apps = body.apps.flatMap((app, index) => (known.has(app.id) ? [] : [read(app, index, nowIso)]));
  const { added, skipped } = await store.apps.import(apps, { existing }, by);
  await live?.refresh();
  return {
    status: 200,
    body: {
      added: added.map((app) => printApp(app, live)),
      skipped: [...body.apps.map(({ id }) => id).filter((id) => known.has(id)), ...skipped],
    },
  };
});

export const exportRoutes = [exportApps, importApps];

function read(app: ExportedApp, index: number, nowIso: string): ImportedApp {
  const settings = parseAppSettings(app.settings);
  if (!settings.ok) {
    throw invalid(
      settings.error.map(({ path, problem, fix }) => ({
        field: ["body", "apps", String(index), "settings", ...path].join("."),
        message: `${problem}. ${fix}`,
      })),
    );
  }
  const keyWithoutSecrets = app.keys.find(({ secrets }) => secrets.length === 0);
  if (keyWithoutSecrets) {
    throw new AdminError("import_needs_secrets", {
      message: `app ${app.id} is new here, and the import has no secret for its key ${keyWithoutSecrets.key}`,
    });
  }
  return {
    id: app.id,
    name: app.name ?? `App ${app.id}`,
    enabled: app.enabled,
    createdAt: app.created_at ?? nowIso,
    settings: settings.value,
    restrictions: app.restrictions.map(readRestriction),
    keys: app.keys.map(({ key, secrets }) => ({
      key,
      secrets: secrets.map((secret) => readSecret(secret, nowIso)),
    })),
  };
}

function invalid(fields: readonly FieldProblem[]): AdminError {
  const message = fields.map((problem) => `${problem.field}: ${problem.message}`).join("; ");
  return new AdminError("invalid_request", { message, fields });
}
