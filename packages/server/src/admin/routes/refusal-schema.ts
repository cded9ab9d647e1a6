import { z } from "@hono/zod-openapi";
import { checksOf, type Explanation, type Refusal } from "@usher/protocol/explain";
import type { RecentRefusal } from "../../refusals/recent-refusals.ts";
import type { Live } from "../live.ts";
import { orNull } from "../or-null.ts";
import { timeOf } from "./apps-schema.ts";

export const explanationSchema = z
  .object({
    cause: z.string().openapi({
      description: "A stable name, listed in docs/authorization.md",
      example: "secret_of_other_app",
    }),
    message: z.string().openapi({ description: "What is wrong" }),
    fix: z.string().openapi({ description: "How to mend it" }),
    string_to_sign: z.string().nullable().openapi({
      description: "What should have been signed; null where it does not come to that",
      example: "1234.5678:private-orders",
    }),
    also: z.string().nullable().openapi({ description: "A second mistake besides the cause" }),
    matched_secret: z
      .object({
        state: z.string(),
        id: z.string(),
        app_id: z.string(),
        fingerprint: z.string().nullable().openapi({
          description: "The first 12 hex digits of the SHA-256 of the value; null for one that is gone",
          example: "9f86d081884c",
        }),
      })
      .nullable()
      .openapi({ description: "The known secret that made the signature, if one did" }),
    evidence: z.record(z.string(), z.union([z.string(), z.number()])),
    tried: z.array(z.string()).openapi({ description: "The causes that were tried by recomputing" }),
    checks: z
      .array(
        z.object({
          name: z.string().openapi({ example: "secret" }),
          state: z.enum(["passed", "failed", "doubtful", "not_reached"]),
        }),
      )
      .openapi({
        description:
          "What was looked at, in order; `doubtful` where it may be this one, or where it holds for now",
      }),
  })
  .openapi("Explanation");

export const refusalSchema = z
  .object({
    id: z.string().openapi({ example: "0b7d7f2e-4a53-4f0c-9a5e-3d1c7a0f7f10" }),
    at: timeOf("When it was refused"),
    operation: z
      .string()
      .openapi({ description: "`subscribe`, `signin`, `api events`, ...", example: "subscribe" }),
    code: z.string().openapi({ description: "Listed in docs/errors.md", example: "signature_mismatch" }),
    reason: z.string().openapi({ description: "What the client was told, signatures shortened" }),
    hint: z.string(),
    channel: z.string().nullable(),
    socket_id: z.string().nullable(),
    client: z.string().nullable(),
    address: z.string().nullable(),
    explanation: orNull(
      explanationSchema,
      "Why; null where the code says it all, or where there were too many to look into",
    ),
  })
  .openapi("Refusal");

/** Who knows the secrets that are named. */
type Fingerprints = Pick<Live["doctor"], "fingerprintOf">;

export function printRefusal(
  refusal: RecentRefusal,
  fingerprints: Fingerprints,
): z.input<typeof refusalSchema> {
  const { id, atMs, operation, code, reason, hint, channel, socketId, client, address, explanation } =
    refusal;
  return {
    id,
    at: new Date(atMs).toISOString(),
    operation,
    code,
    reason,
    hint,
    channel: channel ?? null,
    socket_id: socketId ?? null,
    client: client ?? null,
    address,
    explanation: explanation ? printExplanation(explanation, kindOf(operation), fingerprints) : null,
  };
}

export function printExplanation(
  explanation: Explanation,
  kind: Refusal["kind"],
  fingerprints: Fingerprints,
): z.input<typeof explanationSchema> {
  const { cause, message, fix, stringToSign, also, matched, evidence, tried } = explanation;
  return {
    cause,
    message,
    fix,
    string_to_sign: stringToSign ?? null,
    also: also ?? null,
    matched_secret: matched
      ? {
          state: matched.slot,
          id: matched.secretId,
          app_id: matched.appId,
          fingerprint: fingerprints.fingerprintOf(matched.secretId) ?? null,
        }
      : null,
    evidence: { ...evidence },
    tried: [...tried],
    checks: [...checksOf(kind, cause)],
  };
}

function kindOf(operation: string): Refusal["kind"] {
  // A frame that is no message at all can only be explained as a sign-in.
  if (operation === "signin" || operation === "message") return "user";
  return operation.startsWith("api ") ? "request" : "channel";
}
