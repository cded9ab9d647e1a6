import { z } from "@hono/zod-openapi";
import { MarkStore } from "../../rollups/mark-store.ts";
import { readAppStats, readStats } from "../../rollups/read-stats.ts";
import { ALL_APPS, RollupStore } from "../../rollups/rollup-store.ts";
import { adminRoute } from "../route.ts";
import type { AdminServices } from "../services.ts";
import { requireApp } from "./apps-require.ts";
import { appParams } from "./apps-schema.ts";
import { appStatsSchema, printStats, rangeQuery, statsSchema } from "./stats-schema.ts";

const TAG = "Statistics";

const showStats = adminRoute({
  method: "get",
  path: "/stats",
  operationId: "showStats",
  tag: TAG,
  summary: "Show what happened lately, in figures: all apps on all servers",
  description: "Every 10 s for an hour, every minute for a day, every 10 minutes for seven days.",
  access: { role: "viewer", scope: "live:read" },
  query: rangeQuery,
  answers: { 200: { about: "The figures", body: statsSchema } },
}).answeredBy(async ({ query, services }) => {
  return { status: 200, body: await statsOf(services, null, query.range) };
});

const listAppStats = adminRoute({
  method: "get",
  path: "/stats/apps",
  operationId: "listAppStats",
  tag: TAG,
  summary: "Compare the apps in figures",
  access: { role: "viewer", scope: "live:read" },
  query: rangeQuery,
  answers: {
    200: {
      about: "The twenty with the most connections now",
      body: z.object({ items: z.array(appStatsSchema) }),
    },
  },
}).answeredBy(async ({ query, services }) => {
  const { store, now } = services;
  const rollups = new RollupStore(store.database);
  const apps = await busiest(services);
  const stats = await readAppStats(
    rollups,
    apps.map(({ app }) => app.id),
    query.range,
    now(),
  );
  const items = apps.map(({ app, counts }, index) => {
    const { peak = 0, totals = {}, sparkline = [] } = stats[index] ?? {};
    const { id, name, enabled } = app;
    return {
      app_id: id,
      name,
      enabled,
      now: counts,
      connections_peak: Math.max(peak, counts.connections),
      totals: { ...totals },
      sparkline: [...sparkline],
    };
  });
  return { status: 200, body: { items } };
});

const showAppStats = adminRoute({
  method: "get",
  path: "/apps/{app_id}/stats",
  operationId: "showAppStats",
  tag: TAG,
  summary: "Show what happened to an app lately, in figures",
  access: { role: "viewer", scope: "live:read" },
  params: appParams,
  query: rangeQuery,
  answers: { 200: { about: "The figures", body: statsSchema } },
  errors: ["app_not_found"],
}).answeredBy(async ({ params, query, services }) => {
  const { id } = await requireApp(services.store.apps, params.app_id);
  return { status: 200, body: await statsOf(services, id, query.range) };
});

const MOST_APPS = 20;

/** @param appId `null` for all apps. */
async function statsOf(
  services: AdminServices,
  appId: string | null,
  range: z.output<typeof rangeQuery>["range"],
) {
  const { database } = services.store;
  const stats = await readStats(new RollupStore(database), appId ?? ALL_APPS, range, services.now());
  const marks = await new MarkStore(database).list(appId, stats.fromMs);
  const countsOf = await countsNow(services);
  return printStats(stats, marks, countsOf(appId));
}

/** Of the server that answers, and what the others last wrote. */
async function countsNow({ store, live, now }: AdminServices) {
  const elsewhere = await new RollupStore(store.database).elsewhere(live?.recorderId ?? null, now());
  return (appId: string | null) => {
    const here = live && (appId === null ? live.allCounts() : live.counts(appId));
    const there = elsewhere.get(appId ?? ALL_APPS);
    return {
      connections: (here?.connections ?? 0) + (there?.connections ?? 0),
      channels: (here?.channels ?? 0) + (there?.channels ?? 0),
    };
  };
}

async function busiest(services: AdminServices) {
  const countsOf = await countsNow(services);
  const apps = await services.store.apps.list();
  return apps
    .map((app) => ({ app, counts: countsOf(app.id) }))
    .sort((a, b) => b.counts.connections - a.counts.connections || (a.app.name < b.app.name ? -1 : 1))
    .slice(0, MOST_APPS);
}

export const statsRoutes = [showStats, listAppStats, showAppStats];
