import { z } from "@hono/zod-openapi";
import { ERRORS, type ErrorCode } from "@usher/protocol";
import { CAUSES, type CauseCode } from "@usher/protocol/explain";
import type { RecentRefusal } from "../../refusals/recent-refusals.ts";
import { type ErrorGroup, readErrors } from "../../rollups/read-errors.ts";
import { RollupStore } from "../../rollups/rollup-store.ts";
import type { Live } from "../live.ts";
import { orNull } from "../or-null.ts";
import { adminRoute } from "../route.ts";
import { requireApp } from "./apps-require.ts";
import { appParams, timeOf } from "./apps-schema.ts";
import { printRefusal, refusalSchema } from "./refusal-schema.ts";
import { rangeQuery } from "./stats-schema.ts";

export const errorGroupSchema = z
  .object({
    operation: z.string().openapi({
      description:
        "What was asked for; `handshake` for a client that was not let in, `connection` for one that was ended",
      example: "subscribe",
    }),
    code: z.string().openapi({ description: "Listed in docs/errors.md", example: "signature_mismatch" }),
    cause: z.string().nullable().openapi({
      description: "Why, where that was found out; listed in docs/pitfalls.md",
      example: "secret_of_other_app",
    }),
    count: z.int().openapi({ example: 118 }),
    first_seen_at: timeOf("When the step began in which it was seen first"),
    last_seen_at: timeOf("The last one, or the end of the step in which it was seen"),
    message: z.string().openapi({ description: "What happened; with the cause, what was found" }),
    hint: z.string().openapi({ description: "What to do" }),
    docs: z
      .string()
      .openapi({ description: "Where it is explained", example: "docs/errors.md#signature_mismatch" }),
    sample: orNull(refusalSchema, "The last one, where the server that answers still has it"),
  })
  .openapi("ErrorGroup");

const listErrors = adminRoute({
  method: "get",
  path: "/apps/{app_id}/errors",
  operationId: "listErrors",
  tag: "Statistics",
  summary: "List what went wrong lately, grouped by code and cause",
  access: { role: "viewer", scope: "live:read" },
  params: appParams,
  query: rangeQuery,
  answers: {
    200: { about: "The most frequent first", body: z.object({ items: z.array(errorGroupSchema) }) },
  },
  errors: ["app_not_found"],
}).answeredBy(async ({ params, query, services }) => {
  const { store, live, now } = services;
  const { id } = await requireApp(store.apps, params.app_id);
  const groups = await readErrors(new RollupStore(store.database), id, query.range, now());
  const recent = live?.recentRefusals(id) ?? [];
  return { status: 200, body: { items: groups.map((group) => printGroup(group, recent, live?.doctor)) } };
});

function printGroup(
  group: ErrorGroup,
  recent: readonly RecentRefusal[],
  doctor: Live["doctor"] | undefined,
): z.input<typeof errorGroupSchema> {
  const { operation, code, cause, count, firstSeenMs, lastSeenMs } = group;
  const sample = recent.find((refusal) => isOf(refusal, group));
  const explained = cause === null ? undefined : CAUSES[cause as CauseCode];
  const known = ERRORS[code as ErrorCode];
  return {
    operation,
    code,
    cause,
    count,
    first_seen_at: new Date(firstSeenMs).toISOString(),
    last_seen_at: new Date(sample?.atMs ?? lastSeenMs).toISOString(),
    message:
      sample?.explanation?.message ??
      sample?.reason ??
      readable(explained?.message ?? known?.message ?? code),
    hint: readable(sample?.explanation?.fix ?? explained?.fix ?? known?.hint ?? ""),
    docs: cause === null || cause === "unknown" ? `docs/errors.md#${code}` : `docs/pitfalls.md#${cause}`,
    sample: sample && doctor ? printRefusal(sample, doctor) : null,
  };
}

function isOf(refusal: RecentRefusal, { operation, code, cause }: ErrorGroup): boolean {
  return (
    refusal.operation === operation && refusal.code === code && (refusal.explanation?.cause ?? null) === cause
  );
}

/** A message of the table, without the evidence that differs from one to the next. */
function readable(text: string): string {
  return text.replaceAll(/\{\w+\}/g, "…");
}

export const statsErrorRoutes = [listErrors];
