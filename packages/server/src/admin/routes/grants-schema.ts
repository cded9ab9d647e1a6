import { z } from "@hono/zod-openapi";
import type { Restriction } from "@usher/hub";
import { timeOf } from "./apps-schema.ts";

const restrictionId = z
  .string()
  .min(1)
  .openapi({ description: "Names the restriction", example: "ban_5f3a9c02b7d1" });

export const restrictionSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("ban"),
      id: restrictionId,
      user_id: z
        .string()
        .min(1)
        .openapi({ description: "Who can neither sign in nor be a member", example: "42" }),
      until: timeOf("When the ban ends by itself; null for never").nullable(),
      reason: z
        .string()
        .nullable()
        .openapi({ description: "For the user, who is sent it", example: "abuse" }),
    }),
    z.strictObject({
      kind: z.literal("not_before"),
      id: restrictionId,
      channel: z
        .string()
        .nullable()
        .openapi({ description: "Null for all channels", example: "private-room-7" }),
      user_id: z.string().nullable().openapi({ description: "Null for all users", example: "42" }),
      at: timeOf("Signatures for connections that were opened by then count no more"),
    }),
  ])
  .openapi("Restriction");

export const endedSchema = z
  .object({
    connections: z.int().openapi({ description: "Connections that lost something", example: 3 }),
    subscriptions: z.int().openapi({ description: "Subscriptions that ended, at once", example: 7 }),
    sign_ins: z.int().openapi({ description: "Sign-ins that ended, at once", example: 2 }),
    within_seconds: z.int().openapi({
      description: "How long it takes until the last of the connections that are to be closed is closed",
      example: 1,
    }),
  })
  .openapi("Ended", { description: "What was taken away on the server that answers" });

export const grantsRevokedSchema = z.object({
  ended: endedSchema,
  restriction: restrictionSchema.optional().openapi({ description: "What lasts: the ban or the watermark" }),
});

/** The inverse of `printRestriction`. */
export function readRestriction(restriction: z.output<typeof restrictionSchema>): Restriction {
  if (restriction.kind === "ban") {
    const { kind, id, user_id, until, reason } = restriction;
    return { kind, id, userId: user_id, untilMs: until === null ? null : Date.parse(until), reason };
  }
  const { id, channel, user_id, at } = restriction;
  return { kind: "notBefore", id, channel, userId: user_id, atMs: Date.parse(at) };
}
