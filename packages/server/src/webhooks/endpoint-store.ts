import { randomBytes } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Actor } from "../actor.ts";
import { recordAudit } from "../audit/record-audit.ts";
import type { Database } from "../store/database.ts";
import type { Tables, WebhookEndpointsTable } from "../store/tables.ts";
import type { Vault } from "../store/vault.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import type { WebhookEventType } from "./event-types.ts";

/** What a person says of an endpoint. Checked by the caller. */
export type EndpointFields = Pick<
  WebhookEndpoint,
  "url" | "eventTypes" | "channelPrefix" | "channelSuffix" | "headers" | "batching" | "enabled"
>;

export const MOST_ENDPOINTS = 20;

/** Keeps the webhook endpoints. Each change is one transaction with its audit entry, and counts the revision on. */
export class EndpointStore {
  readonly #database: Database;
  readonly #vault: Vault;

  /** @param vault seals the endpoints' own headers, which are often tokens of their receivers. */
  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /** Of all apps, or of one; the oldest first. */
  list(appId?: string): Promise<readonly WebhookEndpoint[]> {
    return this.#database.query(async (db) => {
      const query = db.selectFrom("webhook_endpoints").selectAll().orderBy("created_at").orderBy("id");
      const rows = await (appId === undefined ? query : query.where("app_id", "=", appId)).execute();
      return rows.map((row) => toEndpoint(row, this.#vault));
    });
  }

  get(appId: string, id: string): Promise<WebhookEndpoint | undefined> {
    return this.#database.query((db) => read(db, this.#vault, appId, id));
  }

  /** Undefined when the app has as many as it may have. The app must exist. */
  create(appId: string, fields: EndpointFields, by: Actor): Promise<WebhookEndpoint | undefined> {
    return this.#database.transaction(async (transaction) => {
      const { count } = await transaction
        .selectFrom("webhook_endpoints")
        .select((eb) => eb.fn.countAll<number | string>().as("count"))
        .where("app_id", "=", appId)
        .executeTakeFirstOrThrow();
      if (Number(count) >= MOST_ENDPOINTS) return undefined;
      return insert(transaction, this.#vault, appId, fields, false, by);
    });
  }

  /** Changes what is given. Enabling forgets that the endpoint was failing. Undefined when there is no such endpoint. */
  update(
    appId: string,
    id: string,
    changes: Partial<EndpointFields>,
    by: Actor,
  ): Promise<WebhookEndpoint | undefined> {
    return this.#database.transaction(async (transaction) => {
      const before = await read(transaction, this.#vault, appId, id);
      if (!before) return undefined;
      return write(transaction, this.#vault, before, changes, by);
    });
  }

  /** Takes what is owed to it along. Returns false when there is no such endpoint. */
  delete(appId: string, id: string, by: Actor): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const before = await read(transaction, this.#vault, appId, id);
      if (!before) return false;
      await remove(transaction, before, by);
      return true;
    });
  }

  /** Makes the endpoint of the configuration exist as it is described there, and no other that it brought before. */
  configure(appId: string, url: string | null, by: Actor): Promise<void> {
    return this.#database.transaction(async (transaction) => {
      const rows = await transaction
        .selectFrom("webhook_endpoints")
        .selectAll()
        .where("from_config", "=", 1)
        .execute();
      const configured = rows.map((row) => toEndpoint(row, this.#vault));
      const kept = configured.find((endpoint) => endpoint.appId === appId && url !== null);
      for (const endpoint of configured) if (endpoint !== kept) await remove(transaction, endpoint, by);
      if (url === null) return;
      if (!kept) await insert(transaction, this.#vault, appId, { ...CONFIGURED, url }, true, by);
      else if (kept.url !== url) await write(transaction, this.#vault, kept, { url, enabled: true }, by);
    });
  }

  /** Notes since when an endpoint has been failing; `null` when it is not. Nobody's deed, so it changes nothing for others. */
  async setFailingSince(id: string, failingSince: string | null): Promise<void> {
    await this.#database.query((db) =>
      db.updateTable("webhook_endpoints").set({ failing_since: failingSince }).where("id", "=", id).execute(),
    );
  }

  /** Disables an endpoint that keeps failing; false when somebody else was faster. */
  disable(endpoint: WebhookEndpoint, reason: string, by: Actor): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const { numUpdatedRows } = await transaction
        .updateTable("webhook_endpoints")
        .set({ enabled: 0, disabled_reason: reason })
        .where("id", "=", endpoint.id)
        .where("enabled", "=", 1)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return false;
      await audit(transaction, "webhook.disable", endpoint, by, { reason });
      await bumpRevision(transaction);
      return true;
    });
  }
}

const CONFIGURED: Omit<EndpointFields, "url"> = {
  eventTypes: null,
  channelPrefix: "",
  channelSuffix: "",
  headers: {},
  batching: false,
  enabled: true,
};

type Db = Kysely<Tables>;

async function read(db: Db, vault: Vault, appId: string, id: string): Promise<WebhookEndpoint | undefined> {
  const row = await db
    .selectFrom("webhook_endpoints")
    .selectAll()
    .where("app_id", "=", appId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toEndpoint(row, vault);
}

async function insert(
  db: Db,
  vault: Vault,
  appId: string,
  fields: EndpointFields,
  isFromConfig: boolean,
  by: Actor,
): Promise<WebhookEndpoint> {
  const endpoint: WebhookEndpoint = {
    ...fields,
    id: `wh_${randomBytes(6).toString("hex")}`,
    appId,
    disabledReason: null,
    isFromConfig,
    failingSince: null,
    createdAt: new Date().toISOString(),
  };
  await db.insertInto("webhook_endpoints").values(toRow(endpoint, vault)).execute();
  await audit(db, "webhook.create", endpoint, by, { url: endpoint.url });
  await bumpRevision(db);
  return endpoint;
}

async function write(
  db: Db,
  vault: Vault,
  before: WebhookEndpoint,
  changes: Partial<EndpointFields>,
  by: Actor,
): Promise<WebhookEndpoint> {
  const isToggled = changes.enabled !== undefined;
  const after = {
    ...before,
    ...changes,
    ...(isToggled ? { disabledReason: null } : {}),
    ...(changes.enabled ? { failingSince: null } : {}),
  };
  await db.updateTable("webhook_endpoints").set(toRow(after, vault)).where("id", "=", before.id).execute();
  await audit(db, "webhook.update", after, by, { fields: Object.keys(changes) });
  await bumpRevision(db);
  return after;
}

async function remove(db: Db, endpoint: WebhookEndpoint, by: Actor): Promise<void> {
  await db.deleteFrom("webhook_endpoints").where("id", "=", endpoint.id).execute();
  await audit(db, "webhook.delete", endpoint, by, { url: endpoint.url });
  await bumpRevision(db);
}

function audit(
  db: Db,
  action: string,
  { appId, id }: WebhookEndpoint,
  actor: Actor,
  details: Parameters<typeof recordAudit>[1]["details"],
): Promise<void> {
  return recordAudit(db, { actor, action, appId, target: id, details });
}

async function bumpRevision(db: Db): Promise<void> {
  await db.updateTable("revision").set({ value: sql`value + 1` }).execute();
}

function toEndpoint(row: WebhookEndpointsTable, vault: Vault): WebhookEndpoint {
  return {
    id: row.id,
    appId: row.app_id,
    url: row.url,
    // Written by toRow alone.
    eventTypes: row.event_types === null ? null : (JSON.parse(row.event_types) as WebhookEventType[]),
    channelPrefix: row.channel_prefix,
    channelSuffix: row.channel_suffix,
    headers: JSON.parse(vault.open(row.headers, sealedContext(row.id))) as Record<string, string>,
    batching: row.batching === 1,
    enabled: row.enabled === 1,
    disabledReason: row.disabled_reason,
    isFromConfig: row.from_config === 1,
    failingSince: row.failing_since,
    createdAt: row.created_at,
  };
}

function toRow(endpoint: WebhookEndpoint, vault: Vault): WebhookEndpointsTable {
  return {
    id: endpoint.id,
    app_id: endpoint.appId,
    url: endpoint.url,
    event_types: endpoint.eventTypes === null ? null : JSON.stringify(endpoint.eventTypes),
    channel_prefix: endpoint.channelPrefix,
    channel_suffix: endpoint.channelSuffix,
    headers: vault.seal(JSON.stringify(endpoint.headers), sealedContext(endpoint.id)),
    batching: endpoint.batching ? 1 : 0,
    enabled: endpoint.enabled ? 1 : 0,
    disabled_reason: endpoint.disabledReason,
    from_config: endpoint.isFromConfig ? 1 : 0,
    failing_since: endpoint.failingSince,
    created_at: endpoint.createdAt,
  };
}

function sealedContext(endpointId: string): string {
  return `headers of the webhook endpoint ${endpointId}`;
}
