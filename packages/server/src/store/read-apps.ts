import type { AppKey } from "@usher/hub";
import type { Kysely } from "kysely";
import { type AppSettingsOverrides, mergeAppSettings, parseAppSettings } from "../config/app-settings.ts";
import type { StoredApp, StoredSecret } from "./app-store.ts";
import { StoreError } from "./store-error.ts";
import type { SecretState, Tables } from "./tables.ts";

/** Reads all apps, or one, the oldest first. One query, so that all of it stands as it was at one moment. */
export async function readApps(db: Kysely<Tables>, id?: string): Promise<StoredApp[]> {
  const query = db
    .selectFrom("apps")
    .leftJoin("app_keys", "app_keys.app_id", "apps.id")
    .leftJoin("app_secrets", "app_secrets.key", "app_keys.key")
    .select([
      "apps.id as id",
      "apps.name as name",
      "apps.enabled as enabled",
      "apps.settings as settings",
      "apps.created_at as createdAt",
      "app_keys.key as key",
      "app_secrets.id as secretId",
      "app_secrets.value as secretValue",
      "app_secrets.state as secretState",
    ])
    .orderBy("apps.created_at")
    .orderBy("apps.id")
    .orderBy("app_keys.position")
    .orderBy("app_secrets.position");
  const rows: readonly Row[] = await (id === undefined ? query : query.where("apps.id", "=", id)).execute();
  return groupBy(rows, (row) => row.id).map(toApp);
}

export async function readApp(db: Kysely<Tables>, id: string): Promise<StoredApp | undefined> {
  return (await readApps(db, id))[0];
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly enabled: number;
  readonly settings: string;
  readonly createdAt: string;
  readonly key: string | null;
  readonly secretId: string | null;
  readonly secretValue: string | null;
  readonly secretState: SecretState | null;
}

/** @param rows of one app, at least one. */
function toApp(rows: readonly [Row, ...Row[]]): StoredApp {
  const [{ id, name, enabled, settings, createdAt }] = rows;
  const overrides = readSettings(id, settings);
  return {
    id,
    name,
    enabled: enabled === 1,
    keys: groupBy(rows, (row) => row.key).flatMap(toKey),
    settings: mergeAppSettings(overrides),
    overrides,
    createdAt,
    secrets: groupBy(rows, (row) => row.key).flatMap(toSecrets),
  };
}

const MOST_REVOKED = 5;

function toSecrets(rows: readonly Row[]): StoredSecret[] {
  const revoked = rows.filter((row) => row.secretState === "revoked");
  const forgotten = new Set(revoked.slice(0, -MOST_REVOKED));
  return rows.flatMap((row) => {
    const { key, secretId: id, secretValue: value, secretState: state } = row;
    if (key === null || id === null || value === null || state === null || forgotten.has(row)) return [];
    return [{ id, key, value, state }];
  });
}

/** Nothing for a key without a live secret: whatever was signed with it is refused, as for a key that is not there. */
function toKey(rows: readonly [Row, ...Row[]]): AppKey[] {
  const [{ key }] = rows;
  const live = rows.filter((row) => row.secretState !== null && row.secretState !== "revoked");
  const inOrder = live.toSorted(
    (a, b) => Number(b.secretState === "current") - Number(a.secretState === "current"),
  );
  const secrets = inOrder.map((row) => ({ id: row.secretId ?? "", value: row.secretValue ?? "" }));
  return key === null || secrets.length === 0 ? [] : [{ key, secrets }];
}

function readSettings(id: string, text: string): AppSettingsOverrides {
  const unreadable = (reason: string, cause?: unknown) =>
    new StoreError("settings_unreadable", `the stored settings of app ${id} are not valid: ${reason}`, cause);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unreadable("they are not JSON", error);
  }
  const parsed = parseAppSettings(json);
  if (parsed.ok) return parsed.value;
  throw unreadable(parsed.error.map(({ path, problem }) => `${path.join(".")}: ${problem}`).join("; "));
}

/** Groups neighbours; the order of groups and rows stays. */
function groupBy(rows: readonly Row[], keyOf: (row: Row) => string | null): [Row, ...Row[]][] {
  const groups: [Row, ...Row[]][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    if (group && keyOf(group[0]) === keyOf(row)) group.push(row);
    else groups.push([row]);
  }
  return groups;
}
