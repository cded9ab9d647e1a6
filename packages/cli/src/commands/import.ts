import type { AppAnswer } from "@usher/server/admin-types";
import { StoreError } from "@usher/server/light";
import type { Command } from "commander";
import type { AdminClient, Given } from "../admin/admin-client.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { CliError } from "../cli-error.ts";
import type { Imported, ImportedApp, ImportedWebhook, SourceFile } from "../import/imported-app.ts";
import { note, print, printable, table } from "../print.ts";
import { readGivenFile } from "./given-file.ts";
import { givenSettings } from "./given-settings.ts";

interface ImportFlags extends AdminFlags {
  readonly dryRun?: boolean;
  readonly settings?: string;
}

interface Source {
  readonly name: string;
  readonly title: string;
  readonly files: string;
  readonly example: string;
  readonly load: () => Promise<(files: readonly SourceFile[]) => Imported>;
}

const SOURCES: readonly Source[] = [
  {
    name: "soketi",
    title: "Soketi",
    files: "env files, the JSON configuration, or rows of the apps table as JSON",
    example: "usher import soketi .env config.json --dry-run",
    load: async () => (await import("../import/soketi.ts")).readSoketi,
  },
  {
    name: "reverb",
    title: "Laravel Reverb",
    files: "the env file, alone or with config/reverb.php or that configuration as JSON",
    example: "usher import reverb .env config/reverb.php",
    load: async () => (await import("../import/reverb.ts")).readReverb,
  },
  {
    name: "pusher",
    title: "Pusher Channels",
    files: "env files with PUSHER_APP_ID, _KEY and _SECRET, one app for each file",
    example: "usher import pusher .env --settings '{\"client_events\":true}'",
    load: async () => (await import("../import/pusher.ts")).readPusher,
  },
];

export function addImports(group: Command, cli: Cli): void {
  for (const source of SOURCES) addImport(group, cli, source);
}

function addImport(group: Command, cli: Cli, { name, title, files, example, load }: Source): void {
  const command = group
    .command(`${name} <file...>`)
    .description(`take over the apps of ${title} with their secrets and limits, from ${files}`)
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--settings <json>", "settings for all of them, over those that are read");
  addAdminOptions(command, "print a JSON object, without the secrets")
    .addHelpText("after", `\nExample:\n  ${example}`)
    .action(async (paths: readonly string[], flags: ImportFlags) => {
      const given = flags.settings === undefined ? {} : givenSettings(flags.settings);
      const read = await load();
      const { fittingApps } = await import("../import/fitting-settings.ts");
      const { apps, remarks } = understood(() => {
        const imported = read(paths.map((path) => ({ path, text: readGivenFile(cli, path) })));
        return { ...imported, apps: fittingApps(imported.apps, given) };
      });
      const isDryRun = flags.dryRun ?? false;
      const outcomes = await withAdmin(cli, flags, { create: !isDryRun }, (admin) =>
        carryOut(admin, apps, isDryRun),
      );
      for (const remark of flags.json ? [] : remarks) note(cli, remark);
      print(cli, flags, outcomes.map((outcome) => asText(outcome, isDryRun)).join("\n"), {
        dry_run: isDryRun,
        imported: outcomes.filter(({ skipped }) => skipped === null).map(({ app }) => asJson(app)),
        skipped: outcomes.flatMap(({ app, skipped }) =>
          skipped === null ? [] : [{ id: app.id, reason: skipped }],
        ),
        remarks,
      });
    });
}

/** Runs a reader, whose complaints are about files that the user gave. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error && error.name === "ImportError" && "hint" in error)) throw error;
    throw new CliError("refused", "import_unreadable", error.message, String(error.hint), error);
  }
}

interface Outcome {
  readonly app: ImportedApp;
  /** Why it was left out; `null` when it was not. */
  readonly skipped: string | null;
}

async function carryOut(
  admin: AdminClient,
  apps: readonly ImportedApp[],
  isDryRun: boolean,
): Promise<readonly Outcome[]> {
  const there = await existingApps(admin, isDryRun);
  const ids = new Set(there.map(({ id }) => id));
  const owners = new Map(there.flatMap(({ id, keys }) => keys.map(({ key }) => [key, id] as const)));
  const outcomes = apps.map((app): Outcome => {
    const owner = owners.get(app.key);
    if (ids.has(app.id)) return { app, skipped: "there is an app with this id already" };
    if (owner !== undefined) return { app, skipped: `its key belongs to app ${owner} already` };
    // Two of the files may tell of the same app.
    ids.add(app.id);
    owners.set(app.key, app.id);
    return { app, skipped: null };
  });
  const fresh = outcomes.filter(({ skipped }) => skipped === null).map(({ app }) => app);
  if (isDryRun || fresh.length === 0) return outcomes;
  await admin.import({ apps: fresh.map(asExport) }, "refuse");
  const withWebhooks: Outcome[] = [];
  for (const outcome of outcomes) {
    const lost = outcome.skipped === null ? await addWebhooks(admin, outcome.app) : [];
    withWebhooks.push({ ...outcome, app: { ...outcome.app, remarks: [...outcome.app.remarks, ...lost] } });
  }
  return withWebhooks;
}

/** @returns what is to be said about those that cannot be added: the app is there by now, and is not undone for them. */
async function addWebhooks(admin: AdminClient, { id, webhooks }: ImportedApp): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const webhook of webhooks) {
    try {
      await admin.addWebhook(id, asWebhook(webhook));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      lost.push(`The webhook to ${webhook.url} was not carried over: ${error.message}.`);
    }
  }
  return lost;
}

async function existingApps(admin: AdminClient, isDryRun: boolean): Promise<readonly AppAnswer[]> {
  try {
    return (await admin.apps()).items;
  } catch (error) {
    // Where there is no store yet, one would be made.
    if (isDryRun && error instanceof StoreError && error.code === "missing") return [];
    throw error;
  }
}

function asExport({ id, name, enabled, settings, key, secret }: ImportedApp): unknown {
  return { id, name, enabled, settings, keys: [{ key, secrets: [{ value: secret }] }] };
}

function asWebhook({ url, eventTypes, headers, channelPrefix, channelSuffix }: ImportedWebhook): Given {
  return {
    url,
    event_types: eventTypes.length === 0 ? null : eventTypes,
    headers,
    channel_prefix: channelPrefix,
    channel_suffix: channelSuffix,
  };
}

/** Header values may be secrets, so webhooks are told by their addresses. */
function asJson({ id, name, enabled, key, settings, webhooks, remarks }: ImportedApp): unknown {
  return { id, name, enabled, key, settings, webhooks: webhooks.map(({ url }) => url), remarks };
}

function asText({ app, skipped }: Outcome, isDryRun: boolean): string {
  const { id, name, enabled, key, settings, webhooks, remarks } = app;
  if (skipped !== null) return `${isDryRun ? "would skip" : "skipped"} app ${id}: ${skipped}`;
  const rows = [
    ["  name", name],
    ["  key", key],
    ["  secret", "as it was"],
    ...(enabled ? [] : [["  state", "disabled"]]),
    ...Object.entries(settings).map(([setting, value]) => [`  ${setting}`, JSON.stringify(value)]),
    ...webhooks.map(({ url }) => ["  webhook", url]),
    ...remarks.map((remark) => ["  note", remark]),
  ];
  const lines = rows.map((cells) => cells.map(printable));
  return `${isDryRun ? "would import" : "imported"} app ${id}\n${table(lines)}`;
}
