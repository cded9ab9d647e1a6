import { z } from "@hono/zod-openapi";
import { generateKey, generateSecret } from "../../store/credentials.ts";
import { adminRoute } from "../route.ts";
import { appNameSchema, appParams, appSchema, createdAppSchema, printApp } from "./apps-schema.ts";
import { keyParams, secretValueSchema } from "./secrets-schema.ts";

const addKey = adminRoute({
  method: "post",
  path: "/apps/{app_id}/keys",
  operationId: "addKey",
  tag: "Keys",
  summary: "Add a key to an app",
  description: "What is not given is generated. The secret is shown in this answer and not again.",
  access: { role: "owner", scope: "secrets:write" },
  params: appParams,
  body: z.strictObject({
    key: appNameSchema.optional().openapi({ example: "7a1c39d40be25f68c0aa" }),
    secret: secretValueSchema.optional(),
  }),
  answers: {
    201: {
      about: "The app as it is now, and the new key with its secret",
      body: createdAppSchema,
    },
  },
  errors: ["app_not_found", "key_taken"],
}).answeredBy(async ({ params, body, by, services: { store, live } }) => {
  const { key = generateKey(), secret = generateSecret() } = body;
  const app = await store.apps.addKey(params.app_id, { key, secret }, by);
  await live?.refresh();
  return {
    status: 201,
    body: { app: printApp(app, live), credentials: { app_id: app.id, key, secret } },
  };
});

const removeKey = adminRoute({
  method: "delete",
  path: "/apps/{app_id}/keys/{key}",
  operationId: "removeKey",
  tag: "Keys",
  summary: "Remove a key from an app",
  description:
    "With its secrets. Clients that connected with it are sent away with 4001, and what was signed with it is refused.",
  access: { role: "owner", scope: "secrets:write" },
  params: keyParams,
  answers: { 200: { about: "The app as it is now", body: appSchema } },
  errors: ["app_not_found", "key_not_found", "last_key"],
}).answeredBy(async ({ params, by, services: { store, live } }) => {
  const app = await store.apps.removeKey(params.app_id, params.key, by);
  await live?.refresh();
  return { status: 200, body: printApp(app, live) };
});

export const keyRoutes = [addKey, removeKey];
