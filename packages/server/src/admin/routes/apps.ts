import { z } from "@hono/zod-openapi";
import type { AppSettingsOverrides } from "../../config/app-settings.ts";
import { patchAppSettings } from "../../config/patch-app-settings.ts";
import { generateAppId, generateKey, generateSecret } from "../../store/credentials.ts";
import { AdminError } from "../admin-errors.ts";
import { listOf, pageQuery } from "../lists.ts";
import { adminRoute } from "../route.ts";
import { requireApp } from "./apps-require.ts";
import {
  appNameSchema,
  appParams,
  appSchema,
  createdAppSchema,
  printApp,
  settingsSchema,
} from "./apps-schema.ts";
import { secretValueSchema } from "./secrets-schema.ts";

const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .openapi({ description: "For people; up to 100 characters", example: "Shop" });

const listApps = adminRoute({
  method: "get",
  path: "/apps",
  operationId: "listApps",
  tag: "Apps",
  summary: "List the apps",
  description: "The oldest first.",
  access: { role: "viewer", scope: "apps:read" },
  query: pageQuery,
  answers: { 200: { about: "A page of apps", body: listOf(appSchema) } },
}).answeredBy(async ({ query: { limit, cursor }, services: { store, live } }) => {
  const apps = await store.apps.list();
  const positionOf = ({ createdAt, id }: { createdAt: string; id: string }) => `${createdAt} ${id}`;
  const later = cursor === undefined ? apps : apps.filter((app) => positionOf(app) > cursor);
  const page = later.slice(0, limit);
  const last = page.at(-1);
  return {
    status: 200,
    body: {
      items: page.map((app) => printApp(app, live)),
      next_cursor: last && later.length > limit ? positionOf(last) : null,
    },
  };
});

const createApp = adminRoute({
  method: "post",
  path: "/apps",
  operationId: "createApp",
  tag: "Apps",
  summary: "Make an app",
  description: "What is not given is generated. The secret is shown in this answer and not again.",
  access: { role: "owner", scope: "apps:write" },
  body: z.strictObject({
    id: appNameSchema.optional().openapi({
      description: "Digits are safest: three official libraries refuse other ids",
      example: "418231",
    }),
    name: nameSchema.optional(),
    key: appNameSchema.optional().openapi({ example: "7a1c39d40be25f68c0aa" }),
    secret: secretValueSchema.optional(),
    settings: settingsSchema.optional().openapi({
      description: "Only those that are to differ from the defaults",
      example: { client_events: true },
    }),
  }),
  answers: {
    201: {
      about: "The app, and what its server and its clients need",
      body: createdAppSchema,
    },
  },
  errors: ["app_exists", "key_taken"],
}).answeredBy(async ({ body, by, services: { store, live } }) => {
  const { id = generateAppId(), key = generateKey(), secret = generateSecret() } = body;
  const settings = requireSettings({}, body.settings ?? {});
  const app = await store.apps.create(
    { id, name: body.name ?? `App ${id}`, keys: [{ key, secret }], settings },
    by,
  );
  await live?.refresh();
  return {
    status: 201,
    body: { app: printApp(app, live), credentials: { app_id: id, key, secret } },
  };
});

const getApp = adminRoute({
  method: "get",
  path: "/apps/{app_id}",
  operationId: "getApp",
  tag: "Apps",
  summary: "Show an app",
  access: { role: "viewer", scope: "apps:read" },
  params: appParams,
  answers: { 200: { about: "The app", body: appSchema } },
  errors: ["app_not_found"],
}).answeredBy(async ({ params, services: { store, live } }) => ({
  status: 200,
  body: printApp(await requireApp(store.apps, params.app_id), live),
}));

const updateApp = adminRoute({
  method: "patch",
  path: "/apps/{app_id}",
  operationId: "updateApp",
  tag: "Apps",
  summary: "Change an app",
  description:
    "Changes what is given and leaves the rest. Under `settings`, `null` for a name takes the override away, so that the default holds again. Disabling an app sends its clients away with 4003, after which they stay away.",
  access: { role: "operator", scope: "apps:write" },
  params: appParams,
  body: z.strictObject({
    name: nameSchema.optional(),
    enabled: z.boolean().optional(),
    settings: settingsSchema.optional().openapi({
      description: "Settings by name; null to inherit the default",
      example: { client_events: true, batch_size: null, presence_limits: { members: 500 } },
    }),
  }),
  answers: { 200: { about: "The app as it is now", body: appSchema } },
  errors: ["app_not_found"],
}).answeredBy(async ({ params, body, by, services: { store, live } }) => {
  const { name, enabled, settings } = body;
  const app = await store.apps.update(
    params.app_id,
    {
      ...(name !== undefined && { name }),
      ...(enabled !== undefined && { enabled }),
      ...(settings && { settings: (before) => requireSettings(before, settings) }),
    },
    by,
  );
  await live?.refresh();
  return { status: 200, body: printApp(app, live) };
});

const deleteApp = adminRoute({
  method: "delete",
  path: "/apps/{app_id}",
  operationId: "deleteApp",
  tag: "Apps",
  summary: "Delete an app",
  description:
    "For good, with its keys, secrets and grants. Its clients are sent away with 4001. `confirm` must repeat the app's id.",
  access: { role: "owner", scope: "apps:write" },
  params: appParams,
  query: z.strictObject({
    confirm: z.string().optional().openapi({ description: "The app's id again", example: "418231" }),
  }),
  answers: { 204: { about: "It is gone" } },
  errors: ["app_not_found", "confirmation_missing"],
}).answeredBy(async ({ params, query, by, services: { store, live } }) => {
  const app = await requireApp(store.apps, params.app_id);
  if (query.confirm !== app.id) {
    throw new AdminError("confirmation_missing", {
      message: `deleting this app needs confirm=${app.id} in the query`,
    });
  }
  await store.apps.delete(app.id, by);
  await live?.refresh();
  return { status: 204 };
});

export const appRoutes = [listApps, createApp, getApp, updateApp, deleteApp];

/** The overrides with the changes made; throws `invalid_request`, which names each setting that does not fit. */
function requireSettings(
  before: AppSettingsOverrides,
  patch: Readonly<Record<string, unknown>>,
): AppSettingsOverrides {
  const patched = patchAppSettings(before, patch);
  if (patched.ok) return patched.value;
  const fields = patched.error.map(({ path, problem, fix }) => ({
    field: ["body", "settings", ...path].join("."),
    message: `${problem}. ${fix}`,
  }));
  throw new AdminError("invalid_request", {
    message: fields.map(({ field, message }) => `${field}: ${message}`).join("; "),
    fields,
  });
}
