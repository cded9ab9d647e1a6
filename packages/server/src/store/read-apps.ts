import type { AppKey } from "@usher/hub";
import type { Kysely } from "kysely";
import { type AppSettingsOverrides, mergeAppSettings, parseAppSettings } from "../config/app-settings.ts";
import type { StoredApp, StoredSecret } from "./app-store.ts";
import { readRestrictions } from "./restrictions.ts";
import { readableSecrets, sealedContext } from "./secret-rows.ts";
import { StoreError } from "./store-error.ts";
import type { SecretState, Tables } from "./tables.ts";
import type { Vault } from "./vault.ts";

/** Reads all apps, or one, the oldest first. One query, so that all of it stands as it was at one moment. */
export async function readApps(db: Kysely<Tables>, vault: Vault, id?: string): Promise<StoredApp[]> {
  const query = db
    .selectFrom("apps")
    .leftJoin("app_keys", "app_keys.app_id", "apps.id")
    .leftJoin("app_secrets", "app_secrets.key", "app_keys.key")
    .select([
      "apps.id as id",
      "apps.name as name",
      "apps.enabled as enabled",
      "apps.settings as settings",
      "apps.restrictions as restrictions",
      "apps.created_at as createdAt",
      "app_keys.key as key",
      "app_secrets.id as secretId",
      "app_secrets.value as secretValue",
      "app_secrets.state as secretState",
      "app_secrets.fingerprint as secretFingerprint",
      "app_secrets.created_at as secretCreatedAt",
      "app_secrets.activated_at as secretActivatedAt",
      "app_secrets.retire_at as secretRetireAt",
      "app_secrets.replaced_by as secretReplacedBy",
      "app_secrets.revoked_at as secretRevokedAt",
      "app_secrets.ends_connections as secretEndsConnections",
    ])
    .orderBy("apps.created_at")
    .orderBy("apps.id")
    .orderBy("app_keys.position")
    .orderBy("app_secrets.position");
  const rows: readonly Row[] = await (id === undefined ? query : query.where("apps.id", "=", id)).execute();
  return groupBy(rows, (row) => row.id).map((ofApp) => toApp(ofApp, vault));
}

export async function readApp(db: Kysely<Tables>, vault: Vault, id: string): Promise<StoredApp | undefined> {
  return (await readApps(db, vault, id))[0];
}

/** Throws `app_not_found`. */
export async function requireApp(db: Kysely<Tables>, vault: Vault, id: string): Promise<StoredApp> {
  const app = await readApp(db, vault, id);
  if (!app) throw new StoreError("app_not_found", `there is no app with the id ${id}`);
  return app;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly enabled: number;
  readonly settings: string;
  readonly restrictions: string;
  readonly createdAt: string;
  readonly key: string | null;
  readonly secretId: string | null;
  readonly secretValue: string | null;
  readonly secretState: SecretState | null;
  readonly secretFingerprint: string | null;
  readonly secretCreatedAt: string | null;
  readonly secretActivatedAt: string | null;
  readonly secretRetireAt: string | null;
  readonly secretReplacedBy: string | null;
  readonly secretRevokedAt: string | null;
  readonly secretEndsConnections: number | null;
}

/** @param rows of one app, at least one. */
function toApp(rows: readonly [Row, ...Row[]], vault: Vault): StoredApp {
  const [{ id, name, enabled, settings, restrictions, createdAt }] = rows;
  const overrides = readSettings(id, settings);
  const keys = groupBy(rows, (row) => row.key).map((ofKey) => toSecrets(ofKey, vault));
  return {
    id,
    name,
    enabled: enabled === 1,
    keys: keys.flatMap(toKey),
    settings: mergeAppSettings(overrides),
    restrictions: readRestrictions(id, restrictions),
    overrides,
    createdAt,
    secrets: keys.flat(),
  };
}

/** The secrets of one key, of those that were revoked the last few. */
function toSecrets(rows: readonly Row[], vault: Vault): readonly StoredSecret[] {
  const secrets = rows.flatMap((row) => {
    const { key, secretId: id, secretValue: sealed, secretState: state, secretCreatedAt: createdAt } = row;
    if (key === null || id === null || sealed === null || state === null || createdAt === null) return [];
    return [{ row, sealed, id, key, state, createdAt, revokedAt: row.secretRevokedAt }];
  });
  return readableSecrets(secrets).map(({ row, sealed, ...secret }) => ({
    ...secret,
    value: vault.open(sealed, sealedContext(secret)),
    fingerprint: row.secretFingerprint ?? "",
    activatedAt: row.secretActivatedAt,
    retireAt: row.secretRetireAt,
    replacedBy: row.secretReplacedBy,
    endsConnections: row.secretEndsConnections === 1,
  }));
}

/** Nothing for a key without a live secret: whatever was signed with it is refused, as for a key that is not there. */
function toKey(secrets: readonly StoredSecret[]): AppKey[] {
  const live = secrets.filter(({ state }) => state !== "revoked");
  const [first] = live;
  if (!first) return [];
  const inOrder = live.toSorted((a, b) => Number(b.state === "current") - Number(a.state === "current"));
  return [{ key: first.key, secrets: inOrder.map(({ id, value }) => ({ id, value })) }];
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
