import { z } from "@hono/zod-openapi";
import { printAppSettings } from "../../config/app-settings.ts";
import { isAppName } from "../../config/expectations.ts";
import type { StoredApp, StoredSecret } from "../../store/app-store.ts";
import type { Live } from "../live.ts";
import { orNull } from "../or-null.ts";

export const appParams = z.object({
  app_id: z.string().openapi({
    param: { name: "app_id", in: "path" },
    description: "The id of the app",
    example: "418231",
  }),
});

/** What may be an app's id or a key. */
export const appNameSchema = z.string().refine(isAppName, {
  error: "is not a text of up to 200 characters without spaces or any of / : ? # % &",
});

/** Values are checked by the schema of the settings itself, whose errors say more. */
export const settingsSchema = z.record(z.string(), z.unknown());

/** ISO 8601, UTC. */
export function timeOf(description: string) {
  return z.iso.datetime().openapi({ description, example: "2026-05-04T12:00:00.000Z" });
}

export const secretSchema = z
  .object({
    id: z.string().openapi({
      description: "Names the secret; says nothing about its value",
      example: "sec_5f3a9c02b7d1",
    }),
    state: z.enum(["pending", "current", "retiring", "revoked"]).openapi({
      description: "Signatures of all but revoked ones are accepted; the current one signs",
      example: "current",
    }),
    fingerprint: z.string().openapi({
      description: "The first 12 hex digits of the SHA-256 of the value",
      example: "9f86d081884c",
    }),
    created_at: timeOf("When it was made or brought in"),
    activated_at: timeOf("When it became the current one; null for one that never was").nullable(),
    retire_at: timeOf("When a retiring secret is revoked by itself").nullable(),
    revoked_at: timeOf("When it was revoked").nullable(),
  })
  .openapi("Secret");

const keySchema = z
  .object({
    key: z
      .string()
      .openapi({ description: "Public; clients connect with it", example: "7a1c39d40be25f68c0aa" }),
    secrets: z
      .array(secretSchema)
      .openapi({ description: "Its live secrets, without their values; the current one first" }),
  })
  .openapi("Key");

const countsSchema = z
  .object({
    connections: z.int().openapi({ example: 1204 }),
    channels: z.int().openapi({ description: "Channels that somebody is on", example: 310 }),
    users: z.int().openapi({ description: "Users who are signed in", example: 877 }),
  })
  .openapi("LiveCounts");

export const appSchema = z
  .object({
    id: z.string().openapi({ description: "Stands in the path of the HTTP API", example: "418231" }),
    name: z.string().openapi({ description: "For people", example: "Shop" }),
    enabled: z.boolean().openapi({
      description: "Off: clients are sent away with 4003 and the HTTP API refuses every request",
    }),
    created_at: timeOf("When it was made"),
    settings: settingsSchema.openapi({
      description: "Those that differ from the defaults; `GET /apps/{app_id}/settings` has all of them",
      example: { client_events: true, presence_limits: { members: 500 } },
    }),
    keys: z.array(keySchema).openapi({ description: "The oldest first" }),
    live: orNull(countsSchema, "Who is connected to the server that answers; null where none runs"),
  })
  .openapi("App");

/** Answered where a secret was made, and only then. */
const credentialsSchema = z
  .object({
    app_id: z.string().openapi({ example: "418231" }),
    key: z.string().openapi({ example: "7a1c39d40be25f68c0aa" }),
    secret: z.string().openapi({
      description: "Shown this once",
      example: "d0b8a4f2c1e93f7756ab10cd42e8f9135c6b7a890f1e2d3c",
    }),
  })
  .openapi("Credentials");

/** Answered where an app or a key was made. */
export const createdAppSchema = z.object({ app: appSchema, credentials: credentialsSchema });

export function printApp(app: StoredApp, live: Live | undefined): z.input<typeof appSchema> {
  return {
    id: app.id,
    name: app.name,
    enabled: app.enabled,
    created_at: app.createdAt,
    settings: printAppSettings(app.overrides),
    keys: app.keys.map(({ key, secrets }) => ({
      key,
      secrets: secrets.flatMap(({ id }) => app.secrets.filter((secret) => secret.id === id).map(printSecret)),
    })),
    live: live ? live.counts(app.id) : null,
  };
}

export function printSecret(secret: StoredSecret): z.input<typeof secretSchema> {
  return {
    id: secret.id,
    state: secret.state,
    fingerprint: secret.fingerprint,
    created_at: secret.createdAt,
    activated_at: secret.activatedAt,
    retire_at: secret.retireAt,
    revoked_at: secret.revokedAt,
  };
}
