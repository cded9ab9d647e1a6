import { z } from "@hono/zod-openapi";
import { MAX_RETIRE_SECONDS } from "../../store/rotation.ts";
import { orNull } from "../or-null.ts";
import { appParams, secretSchema, timeOf } from "./apps-schema.ts";
import { endedSchema } from "./grants-schema.ts";

export const keyParams = appParams.extend({
  key: z.string().openapi({
    param: { name: "key", in: "path" },
    description: "A key of the app",
    example: "7a1c39d40be25f68c0aa",
  }),
});

export const secretParams = keyParams.extend({
  secret_id: z.string().openapi({
    param: { name: "secret_id", in: "path" },
    description: "The id of a secret of the key",
    example: "sec_5f3a9c02b7d1",
  }),
});

/** A secret that is given rather than generated; imports alone may bring shorter ones. */
export const secretValueSchema = z
  .string()
  .min(16)
  .max(500)
  .refine((value) => !/[\s\p{Cc}]/u.test(value), { error: "must not have spaces or control characters" })
  .openapi({
    description: "16 to 500 characters without spaces; generated where it is not given",
    example: "d0b8a4f2c1e93f7756ab10cd42e8f9135c6b7a890f1e2d3c",
  });

export const retireForSchema = z.int().min(0).max(MAX_RETIRE_SECONDS);

const useKind = z.enum(["http_api", "channel", "user"]).openapi({
  description: "A request to the HTTP API, a subscription, or a sign-in",
  example: "http_api",
});

export const useSchema = z
  .object({
    observed_since: timeOf("Since when uses are counted"),
    first_used_at: timeOf("The first use; null for none").nullable(),
    last_used_at: timeOf("The last use; null for none").nullable(),
    count_24h: z.int().openapi({ description: "Uses in the last 24 hours", example: 40_211 }),
    by_kind: z.record(useKind, z.object({ count_24h: z.int(), last_used_at: z.string().nullable() })),
    clients: z
      .array(
        z.object({
          client: z.string().openapi({
            description: "What it says it is; `other` stands for all beyond those that are told apart",
            example: "pusher-http-node 5.3.4",
          }),
          address: z
            .string()
            .nullable()
            .openapi({ description: "Null where it is not known", example: "203.0.113.7" }),
          kind: useKind,
          count_24h: z.int().openapi({ example: 40_000 }),
          last_used_at: timeOf("The last use"),
        }),
      )
      .openapi({ description: "Who used it in the last two days, the latest first; at most 50" }),
  })
  .openapi("SecretUse");

export const heldSchema = z
  .object({
    connections: z.int().openapi({ description: "Connections that hold some of it", example: 120 }),
    subscriptions: z.int().openapi({ example: 340 }),
    sign_ins: z.int().openapi({ example: 85 }),
  })
  .openapi("HeldGrants");

export const verdictSchema = z
  .object({
    safe: z.boolean(),
    reasons: z
      .array(
        z.object({
          code: z.string().openapi({ example: "used_recently" }),
          message: z.string().openapi({ example: "it was used 12 seconds ago" }),
        }),
      )
      .openapi({ description: "Why not; also what to know where it is" }),
  })
  .openapi("Verdict");

const NEXT_STEPS = ["rotate", "activate", "undo", "cancel", "revoke"] as const;
export type NextStep = (typeof NEXT_STEPS)[number];

export const secretStatusSchema = secretSchema
  .extend({
    use: useSchema,
    held: orNull(heldSchema, "What it holds on the server that answers; null where none runs"),
    safe_to_revoke: verdictSchema.openapi({ description: "Whether nobody would be refused" }),
  })
  .openapi("SecretStatus");

export const statusSchema = z
  .object({
    app_id: z.string().openapi({ example: "418231" }),
    key: z.string().openapi({ example: "7a1c39d40be25f68c0aa" }),
    secrets: z.array(secretStatusSchema).openapi({
      description: "The live ones and the last few that were revoked, in the order in which they were made",
    }),
    safe_to_activate: verdictSchema.openapi({
      description:
        "Whether the pending secret is deployed; `retire_for_seconds` in the query says for what retirement",
    }),
    next_steps: z
      .array(z.enum(NEXT_STEPS))
      .openapi({ description: "What can be done now", example: ["rotate", "revoke"] }),
    applied: z
      .object({ nodes: z.int().openapi({ example: 3 }), of: z.int().openapi({ example: 3 }) })
      .openapi({ description: "On how many of the running servers this is in effect" }),
  })
  .openapi("SecretsStatus");

const newSecretField = z.string().openapi({
  description: "The new secret, shown this once",
  example: "d0b8a4f2c1e93f7756ab10cd42e8f9135c6b7a890f1e2d3c",
});

export const rotatedSchema = statusSchema.extend({ secret: newSecretField });

export const revokedSchema = statusSchema.extend({
  ended: endedSchema,
  secret: newSecretField
    .optional()
    .openapi({ description: "A new current secret, where one had to be made; shown this once" }),
});
