import { z } from "@hono/zod-openapi";
import { describeAppSettings } from "../../config/describe-app-settings.ts";
import { listOf } from "../lists.ts";
import { adminRoute } from "../route.ts";
import { requireApp } from "./apps-require.ts";
import { appParams } from "./apps-schema.ts";

export const settingSchema = z
  .object({
    name: z.string().openapi({
      description:
        "With a dot for what lies in an object: `presence_limits.members` is `members` in `presence_limits`",
      example: "client_event_rate",
    }),
    group: z.enum(["connections", "features", "limits", "compatibility"]).openapi({ example: "features" }),
    description: z.string().openapi({ example: "Client events a second on one connection" }),
    type: z.enum(["boolean", "integer", "origins", "prefixes"]).openapi({
      description:
        '`origins`: a list such as `["https://example.com", "https://*.example.com"]`; `prefixes`: a list of beginnings of channel names, such as `["private-room-"]`',
      example: "integer",
    }),
    unit: z.string().nullable().openapi({ description: "Of a number", example: "events a second" }),
    minimum: z.int().nullable().openapi({ example: 1 }),
    maximum: z.int().nullable().openapi({ example: 100_000 }),
    is_nullable: z
      .boolean()
      .openapi({ description: "Whether `null`, for no limit, is a value; it then is the default" }),
    default: z.unknown().openapi({ type: ["boolean", "integer", "array", "null"], example: 10 }),
    is_overridden: z.boolean(),
    override: z.unknown().openapi({
      type: ["boolean", "integer", "array", "null"],
      description: "What the app was given; null where it inherits the default",
      example: null,
    }),
    effective: z.unknown().openapi({ type: ["boolean", "integer", "array", "null"], example: 10 }),
  })
  .openapi("Setting");

const listSettings = adminRoute({
  method: "get",
  path: "/apps/{app_id}/settings",
  operationId: "listSettings",
  tag: "Apps",
  summary: "List the settings of an app",
  description: "All of them, with their defaults. `PATCH /apps/{app_id}` changes them.",
  access: { role: "viewer", scope: "apps:read" },
  params: appParams,
  answers: { 200: { about: "Every setting, in one page", body: listOf(settingSchema) } },
  errors: ["app_not_found"],
}).answeredBy(async ({ params, services: { store } }) => {
  const { overrides } = await requireApp(store.apps, params.app_id);
  const items = describeAppSettings(overrides).map((setting) => ({
    name: setting.name,
    group: setting.group,
    description: setting.description,
    type: setting.type,
    unit: setting.unit,
    minimum: setting.minimum,
    maximum: setting.maximum,
    is_nullable: setting.isNullable,
    default: setting.default,
    is_overridden: setting.override !== undefined,
    override: setting.override ?? null,
    effective: setting.effective,
  }));
  return { status: 200, body: { items, next_cursor: null } };
});

export const settingsRoutes = [listSettings];
