import type { Generated } from "kysely";

/** The tables as queries see them. Types are the few that SQLite and PostgreSQL share; times are ISO 8601, UTC. */
export interface Tables {
  readonly apps: AppsTable;
  readonly app_keys: AppKeysTable;
  readonly app_secrets: AppSecretsTable;
  readonly revision: { readonly value: number };
  readonly vault: VaultTable;
  readonly audit: AuditTable;
  readonly operators: OperatorsTable;
  readonly operator_sessions: OperatorSessionsTable;
  readonly one_time_links: OneTimeLinksTable;
  readonly api_tokens: ApiTokensTable;
  readonly webhook_endpoints: WebhookEndpointsTable;
  readonly webhook_events: WebhookEventsTable;
  readonly webhook_attempts: WebhookAttemptsTable;
  readonly webhook_states: WebhookStatesTable;
  readonly webhook_senders: WebhookSendersTable;
  /** Which sender may send to an endpoint. */
  readonly webhook_leases: { readonly endpoint_id: string; readonly sender_id: string };
  readonly nodes: NodesTable;
  readonly secret_uses: SecretUsesTable;
  readonly secret_lifetimes: SecretLifetimesTable;
  /** One row: since when uses are counted in this database. */
  readonly evidence_start: { readonly at: string };
  readonly rollups: RollupsTable;
  readonly node_marks: NodeMarksTable;
}

export interface AppsTable {
  readonly id: string;
  readonly name: string;
  /** 0 or 1. */
  readonly enabled: number;
  /** JSON of the settings that differ from the defaults, as people write them. */
  readonly settings: string;
  /** JSON array of `Restriction`. */
  readonly restrictions: string;
  readonly created_at: string;
}

export interface AppKeysTable {
  readonly key: string;
  readonly app_id: string;
  /** Order among the keys of one app. */
  readonly position: number;
  /** 1 for a key that the configuration brought and may take away again. */
  readonly from_config: number;
  readonly created_at: string;
}

export interface AppSecretsTable {
  readonly id: string;
  readonly key: string;
  /** Sealed by the vault; empty for one that was revoked so long ago that only its fingerprint is kept. */
  readonly value: string;
  /** `null` for a value that an older version wrote and that is not sealed yet. */
  readonly fingerprint: string | null;
  readonly state: SecretState;
  /** Order among the secrets of one key. */
  readonly position: number;
  readonly created_at: string;
  readonly activated_at: string | null;
  /** When a retiring secret is due to be revoked. */
  readonly retire_at: string | null;
  /** For a retiring secret: which one was activated over it. */
  readonly replaced_by: string | null;
  readonly revoked_at: string | null;
  /** 1 when what a revoked secret admitted is to be ended. */
  readonly ends_connections: number;
}

/** All but `revoked` are live: signatures made with them are accepted. `current` is the one that signs. */
export type SecretState = "pending" | "current" | "retiring" | "revoked";

/** One row, once something was sealed: which master key opens what is in this database. */
export interface VaultTable {
  readonly key_id: string;
}

/** Rows are added and never changed; triggers see to it. */
export interface AuditTable {
  readonly id: Generated<number>;
  readonly at: string;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly actor_name: string;
  readonly actor_address: string | null;
  readonly action: string;
  readonly app_id: string | null;
  readonly target: string | null;
  /** JSON object. */
  readonly details: string;
}

export interface OperatorsTable {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  /** Empty until an invitation was accepted. */
  readonly name: string;
  /** `viewer`, `operator` or `owner`. */
  readonly role: string;
  /** As `operators/passwords.ts` prints it; `null` without one. */
  readonly password_hash: string | null;
  /** Issuer and subject of the account that this operator logs in with; `null` before the first time. */
  readonly oidc_subject: string | null;
  readonly created_at: string;
  /** `null` for somebody who was invited and has not come yet. */
  readonly accepted_at: string | null;
  /** The last log-in. */
  readonly seen_at: string | null;
}

export interface OperatorSessionsTable {
  /** Names the session in lists; says nothing about its token. */
  readonly id: string;
  readonly token_hash: string;
  readonly operator_id: string;
  readonly created_at: string;
  readonly seen_at: string;
  /** The end at the latest, however much it is used. */
  readonly expires_at: string;
  readonly authenticated_at: string;
  /** `password`, `oidc` or `link`. */
  readonly method: string;
  readonly address: string | null;
  readonly user_agent: string | null;
}

export interface OneTimeLinksTable {
  readonly token_hash: string;
  /** Whose invitation it is; `null` for the link of the first start. */
  readonly operator_id: string | null;
  readonly created_at: string;
  readonly expires_at: string;
}

export interface ApiTokensTable {
  readonly id: string;
  readonly token_hash: string;
  readonly name: string;
  /** `viewer`, `operator` or `owner`. */
  readonly role: string;
  /** Separated by spaces. */
  readonly scopes: string;
  /** The name of who made it. */
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly used_at: string | null;
  readonly used_from: string | null;
}

export interface NodesTable {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly started_at: string;
  readonly seen_at: string;
  readonly applied_revision: number;
  readonly connections: number;
  /** 0 or 1. */
  readonly is_draining: number;
  /** Since when it is asked to send its clients away; null when it is not. */
  readonly drain_requested_at: string | null;
  /** Whether it hears the other nodes: `off` where there is nothing to hear them by. */
  readonly bus: BusState;
  /** Since when it is so; null with `off`. */
  readonly bus_since: string | null;
  /** Which of how many processes that share a port it is, from 1; null for one that has the port to itself. */
  readonly worker_index: number | null;
  readonly worker_count: number | null;
}

export type BusState = "off" | "up" | "down";

/** How often a secret was used in one hour by one client at one address. */
export interface SecretUsesTable {
  readonly secret_id: string;
  /** When the hour began. */
  readonly hour: string;
  readonly kind: UseKind;
  /** The library, such as `pusher-http-node 5.3.4`. */
  readonly client: string;
  /** Empty where it is not known: a primary key has no null. */
  readonly address: string;
  readonly count: number;
  readonly last_at: string;
}

/** The first and the last use of a secret, for as long as there is the secret. */
export interface SecretLifetimesTable {
  readonly secret_id: string;
  readonly kind: UseKind;
  readonly first_at: string;
  readonly last_at: string;
}

/** What a signature was for: a request to the HTTP API, a subscription to a channel, the sign-in of a user. */
export type UseKind = "http_api" | "channel" | "user";

export interface WebhookEndpointsTable {
  readonly id: string;
  readonly app_id: string;
  readonly url: string;
  /** JSON array; `null` for all. */
  readonly event_types: string | null;
  readonly channel_prefix: string;
  readonly channel_suffix: string;
  /** A JSON object, sealed. */
  readonly headers: string;
  /** 0 or 1. */
  readonly batching: number;
  /** 0 or 1. */
  readonly enabled: number;
  readonly disabled_reason: string | null;
  /** 1 for the one that the configuration brought. */
  readonly from_config: number;
  readonly failing_since: string | null;
  readonly created_at: string;
}

/** One event that is or was owed to one endpoint. Sorted by id, they are in the order of their making. */
export interface WebhookEventsTable {
  readonly id: string;
  /** The same for all endpoints that an event goes to, and when it is replayed. */
  readonly event_id: string;
  readonly app_id: string;
  readonly endpoint_id: string;
  readonly channel: string;
  readonly name: string;
  /** JSON of the event, as it stands in the webhook's body. */
  readonly body: string;
  readonly created_at: string;
  readonly state: WebhookEventState;
  readonly attempts: number;
  /** Names the requests it went in, once there was one. */
  readonly batch_id: string | null;
  readonly next_try_at: string | null;
  readonly finished_at: string | null;
}

/** `replayed` is a dead one whose copy is owed anew. */
export type WebhookEventState = "owed" | "delivered" | "dead" | "replayed";

/** One request that was made, or was to be made. */
export interface WebhookAttemptsTable {
  readonly id: string;
  readonly endpoint_id: string;
  readonly batch_id: string;
  readonly at: string;
  readonly status: number | null;
  /** A code, where it failed. */
  readonly error: string | null;
  readonly duration_ms: number;
  /** How the answer's body begins. */
  readonly response: string | null;
  readonly next_try_at: string | null;
}

/** A channel or member that receivers were told of as being there. */
export interface WebhookStatesTable {
  readonly app_id: string;
  readonly channel: string;
  /** JSON of the member's user id; empty for the channel itself. */
  readonly member: string;
  /** The sender in whose keeping it is, or the keeper that the nodes of a cluster share. */
  readonly sender_id: string;
  /** When it last came, as far as that is on record: nodes that share a keeper note it. */
  readonly came_at: string | null;
}

/** A server process that sends webhooks. */
export interface WebhookSendersTable {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly seen_at: string;
}

/** What happened to one app, or to a whole server, in one step of time. */
export interface RollupsTable {
  /** Empty for all apps together. */
  readonly app_id: string;
  readonly step_seconds: number;
  /** When the step began. */
  readonly at: string;
  /** Which process saw it; empty where all of them are added up. */
  readonly node_id: string;
  /** Looks in this step, one every 10 s. */
  readonly slots: number;
  /** Sum over the looks. */
  readonly connections: number;
  readonly peak: number;
  /** Sum over the looks. */
  readonly channels: number;
  /** JSON object of what was counted in this step, by name. */
  readonly counts: string;
}

/** A server process came or went. */
export interface NodeMarksTable {
  readonly at: string;
  readonly kind: "started" | "stopped";
  readonly node_id: string;
  readonly name: string;
  readonly version: string;
}
