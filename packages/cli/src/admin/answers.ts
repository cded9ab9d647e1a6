// What the admin API answers, as far as commands print it. `GET /openapi.json` describes all of it.

export interface ListAnswer<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

export interface AppAnswer {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly created_at: string;
  /** Those that differ from the defaults. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly keys: readonly { readonly key: string; readonly secrets: readonly SecretAnswer[] }[];
  /** `null` where no server runs. */
  readonly live: { readonly connections: number; readonly channels: number; readonly users: number } | null;
}

export interface SecretAnswer {
  readonly id: string;
  readonly state: "pending" | "current" | "retiring" | "revoked";
  readonly fingerprint: string;
  readonly created_at: string;
  readonly activated_at: string | null;
  readonly retire_at: string | null;
  readonly revoked_at: string | null;
}

export interface CreatedApp {
  readonly app: AppAnswer;
  readonly credentials: { readonly app_id: string; readonly key: string; readonly secret: string };
}

export interface SettingAnswer {
  /** With a dot for what lies in an object. */
  readonly name: string;
  readonly default: unknown;
  readonly override: unknown;
  readonly is_overridden: boolean;
  readonly effective: unknown;
}

export interface ImportAnswer {
  readonly added: readonly AppAnswer[];
  readonly skipped: readonly string[];
}

export interface AuditEntryAnswer {
  readonly id: string;
  readonly at: string;
  readonly actor: {
    readonly kind: string;
    readonly id: string;
    readonly name: string;
    readonly address: string | null;
  };
  readonly action: string;
  readonly app_id: string | null;
  readonly target: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface NodeAnswer {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly started_at: string;
  readonly seen_at: string;
  readonly is_live: boolean;
  readonly is_draining: boolean;
  readonly connections: number;
  readonly applied_revision: number;
}

export interface OperatorAnswer {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly state: "invited" | "active";
  readonly created_at: string;
  readonly seen_at: string | null;
}

export interface InvitationAnswer {
  readonly operator: OperatorAnswer;
  readonly link: { readonly url: string; readonly token: string; readonly expires_at: string };
}

export interface TokenAnswer {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly used_at: string | null;
  readonly used_from: string | null;
}

export interface NewTokenAnswer {
  readonly token: TokenAnswer;
  readonly value: string;
}

export interface ConnectionAnswer {
  readonly socket_id: string;
  readonly key: string;
  readonly user_id: string | null;
  readonly client: string;
  readonly address: string | null;
  readonly origin: string | null;
  readonly is_tls: boolean;
  readonly connected_at: string;
  readonly last_activity_at: string;
  readonly subscription_count: number;
  readonly buffered_bytes: number;
}

export interface ConnectionDetailAnswer extends ConnectionAnswer {
  readonly user: { readonly id: string; readonly signed_by: SignedByAnswer | null } | null;
  readonly subscriptions: readonly {
    readonly channel: string;
    readonly user_id: string | null;
    readonly signed_by: SignedByAnswer | null;
  }[];
}

export interface SignedByAnswer {
  readonly secret_id: string;
  readonly fingerprint: string | null;
}

export type GrantAnswer =
  | {
      readonly kind: "ban";
      readonly id: string;
      readonly user_id: string;
      readonly until: string | null;
      readonly reason: string | null;
    }
  | {
      readonly kind: "not_before";
      readonly id: string;
      readonly channel: string | null;
      readonly user_id: string | null;
      readonly at: string;
    };

/** What was taken away: subscriptions and sign-ins at once, connections within so many seconds. */
export interface EndedAnswer {
  readonly connections: number;
  readonly subscriptions: number;
  readonly sign_ins: number;
  readonly within_seconds: number;
}

export interface VerdictAnswer {
  readonly safe: boolean;
  /** Why not; also what to know where it is. */
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

export interface SecretUseAnswer {
  readonly last_used_at: string | null;
  readonly count_24h: number;
  /** The latest first. */
  readonly clients: readonly {
    readonly client: string;
    readonly address: string | null;
    readonly kind: "http_api" | "channel" | "user";
    readonly count_24h: number;
    readonly last_used_at: string;
  }[];
}

export interface SecretStatusAnswer extends SecretAnswer {
  readonly use: SecretUseAnswer;
  /** `null` where no server runs. */
  readonly held: {
    readonly connections: number;
    readonly subscriptions: number;
    readonly sign_ins: number;
  } | null;
  readonly safe_to_revoke: VerdictAnswer;
}

export interface SecretsAnswer {
  readonly app_id: string;
  readonly key: string;
  /** In the order in which they were made. */
  readonly secrets: readonly SecretStatusAnswer[];
  readonly safe_to_activate: VerdictAnswer;
  readonly next_steps: readonly string[];
  readonly applied: { readonly nodes: number; readonly of: number };
}

export interface RotatedAnswer extends SecretsAnswer {
  readonly secret: string;
}

export interface RevokedAnswer extends SecretsAnswer {
  readonly ended: EndedAnswer;
  /** The new current secret, where one had to be made. */
  readonly secret?: string;
}

export interface WebhookAnswer {
  readonly id: string;
  readonly url: string;
  /** `null` for all. */
  readonly event_types: readonly string[] | null;
  readonly channel_prefix: string;
  readonly channel_suffix: string;
  readonly header_names: readonly string[];
  readonly batching: boolean;
  readonly enabled: boolean;
  readonly disabled_reason: string | null;
  readonly failing_since: string | null;
}

export interface WebhookTestAnswer {
  readonly status: number | null;
  /** A code; `null` when it was taken. */
  readonly error: string | null;
  readonly response: string | null;
  readonly duration_ms: number;
}

export interface DeliveryAnswer {
  readonly id: string;
  readonly event_id: string;
  readonly state: "owed" | "delivered" | "dead" | "replayed";
  readonly event: Readonly<Record<string, unknown>>;
  readonly created_at: string;
  readonly attempts: number;
  readonly next_try_at: string | null;
  readonly finished_at: string | null;
}
