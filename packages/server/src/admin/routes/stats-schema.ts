import { z } from "@hono/zod-openapi";
import { RANGES } from "../../rollups/levels.ts";
import type { Mark } from "../../rollups/mark-store.ts";
import type { Stats } from "../../rollups/read-stats.ts";
import { timeOf } from "./apps-schema.ts";

export const rangeQuery = z.strictObject({
  range: z.enum(RANGES).default("1h").openapi({ description: "How far back, from now" }),
});

const valuesSchema = z
  .array(z.number().nullable())
  .openapi({ description: "One for each step; null where no server looked" });

export const totalsSchema = z.record(z.string(), z.int()).openapi({
  description: "What was counted in the whole range, by name, the step that is under way included",
  example: { messages_out: 90412, "subscriptions:granted": 1204 },
});

const markSchema = z
  .object({
    at: timeOf("When it happened"),
    kind: z.enum(["node", "rotation", "app"]),
    text: z.string().openapi({ example: "new secret activated" }),
  })
  .openapi("StatsMark");

const nowSchema = z
  .object({
    connections: z.int(),
    channels: z
      .int()
      .openapi({ description: "Channels that somebody is on; one with people on two servers counts twice" }),
  })
  .openapi("StatsNow");

export const statsSchema = z
  .object({
    step_seconds: z.int().openapi({ example: 10 }),
    from: timeOf("When the first step begins"),
    to: timeOf("When the last step ends"),
    series: z.record(z.string(), valuesSchema).openapi({
      description:
        "By name. `connections` and `channels` are means, `connections_peak` is the most at once; all others are counts in each step. Names that are left out never happened: `messages_in`, `messages_out`, `client_events`, `connections_opened`, `connections_closed`, `requests:2xx`, `subscriptions:granted` or a code, `sign_ins:granted` or a code, `handshakes:` and `closes:` with a code, `grants_ended:` with a cause, `webhooks:owed`, `attempts_ok`, `attempts_failed`, `delivered`, `dead`, `lost`",
      example: { connections: [12, 12.5, null, 14], messages_out: [90, 0, null, 120] },
    }),
    totals: totalsSchema,
    marks: z.array(markSchema).openapi({
      description: "Servers that came and went, steps of rotations, changes of apps; the oldest first",
    }),
    now: nowSchema.openapi({
      description: "As of a few seconds ago for other servers than the one that answers",
    }),
  })
  .openapi("Stats");

export const appStatsSchema = z
  .object({
    app_id: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    now: nowSchema,
    connections_peak: z.int().openapi({ description: "The most at once within the range" }),
    totals: totalsSchema,
    sparkline: valuesSchema.openapi({ description: "Connections over the range, in at most 60 values" }),
  })
  .openapi("AppStats");

export function printStats(
  { stepSeconds, fromMs, toMs, series, totals }: Stats,
  marks: readonly Mark[],
  now: z.input<typeof nowSchema>,
): z.input<typeof statsSchema> {
  return {
    step_seconds: stepSeconds,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    series: Object.fromEntries(Object.entries(series).map(([name, values]) => [name, [...values]])),
    totals: { ...totals },
    marks: marks.map(({ atMs, kind, text }) => ({ at: new Date(atMs).toISOString(), kind, text })),
    now,
  };
}
