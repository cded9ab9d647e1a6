import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import { recordAudit } from "../../audit/record-audit.ts";
import type { Database } from "../../store/database.ts";
import type { Tables } from "../../store/tables.ts";
import { actorOf, type OperatorPrincipal, type Role } from "../principal.ts";
import { noteInPassing } from "./note-in-passing.ts";
import { hashOpaqueToken, makeOpaqueToken, makeSortableId } from "./opaque-token.ts";
import type { Operator } from "./operator-store.ts";

export interface OpenSession {
  readonly id: string;
  /** ISO 8601, UTC, as the times below. */
  readonly createdAt: string;
  /** To the minute. */
  readonly seenAt: string;
  readonly expiresAt: string;
  readonly method: LogInMethod;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** How a session began; `link`: by setting a password with a one-time link. */
export type LogInMethod = "password" | "oidc" | "link";

export interface StartedSession {
  /** For the cookie; stored as a hash only. */
  readonly token: string;
  readonly principal: OperatorPrincipal;
}

/** A session ends when it was not used for this long. */
export const IDLE_MS = 12 * 3_600_000;
/** A session ends this long after log-in, however much it is used. */
export const LIFETIME_MS = 7 * 24 * 3_600_000;
/** How often a session that is in use is written down as seen. */
const SEEN_EVERY_MS = 60_000;
const MAX_USER_AGENT = 200;

/** The sessions of people in browsers. Roles and removals take effect at once, since each look-up reads the operator too. */
export class SessionStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * Starts a session with a token of its own, and ends the one that the browser came with: a token that was there before
   * the log-in is worth nothing after it.
   */
  async start(
    operator: Operator,
    from: {
      readonly method: LogInMethod;
      readonly address: string | null;
      readonly userAgent: string | null;
      readonly formerToken: string | undefined;
    },
  ): Promise<StartedSession> {
    const token = makeOpaqueToken();
    const nowMs = this.#now();
    const at = new Date(nowMs).toISOString();
    const session = {
      id: makeSortableId("ses", nowMs),
      token_hash: hashOpaqueToken(token),
      operator_id: operator.id,
      created_at: at,
      seen_at: at,
      expires_at: new Date(nowMs + LIFETIME_MS).toISOString(),
      authenticated_at: at,
      method: from.method,
      address: from.address,
      user_agent: from.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    };
    await this.#database.transaction(async (transaction) => {
      await transaction
        .deleteFrom("operator_sessions")
        .where((eb) => eb.or([eb("expires_at", "<=", at), eb("seen_at", "<=", this.#idleSince())]))
        .execute();
      if (from.formerToken !== undefined) {
        await transaction
          .deleteFrom("operator_sessions")
          .where("token_hash", "=", hashOpaqueToken(from.formerToken))
          .execute();
      }
      await transaction.insertInto("operator_sessions").values(session).execute();
      await transaction.updateTable("operators").set({ seen_at: at }).where("id", "=", operator.id).execute();
      await recordAudit(transaction, {
        actor: { kind: "operator", id: operator.id, name: operator.email, address: from.address },
        action: "session.login",
        appId: null,
        target: session.id,
        details: { method: from.method },
      });
    });
    return { token, principal: principalOf({ ...operator, ...session, operator_id: operator.id }, token) };
  }

  /** Whose token this is; `undefined` when there is no such session any more. */
  async find(token: string): Promise<OperatorPrincipal | undefined> {
    const row = await this.#database.query((db) =>
      db
        .selectFrom("operator_sessions as session")
        .innerJoin("operators as operator", "operator.id", "session.operator_id")
        .select(["session.id", "session.seen_at", "session.expires_at", "session.authenticated_at"])
        .select(["operator.id as operator_id", "operator.email", "operator.name", "operator.role"])
        .where("session.token_hash", "=", hashOpaqueToken(token))
        .where("session.expires_at", ">", this.#nowIso())
        .where("session.seen_at", ">", this.#idleSince())
        .executeTakeFirst(),
    );
    if (!row) return undefined;
    if (this.#now() - Date.parse(row.seen_at) >= SEEN_EVERY_MS) await this.#see(row.id);
    return principalOf(row, token);
  }

  /** The newest first. @param before an id: only sessions started before that one. */
  async list(
    operatorId: string,
    { before, limit }: { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly OpenSession[]> {
    const rows = await this.#database.query((db) => {
      const query = db
        .selectFrom("operator_sessions")
        .selectAll()
        .where("operator_id", "=", operatorId)
        .where("expires_at", ">", this.#nowIso())
        .where("seen_at", ">", this.#idleSince())
        .orderBy("id", "desc")
        .limit(limit);
      return (before === undefined ? query : query.where("id", "<", before)).execute();
    });
    return rows.map((row) => ({
      id: row.id,
      createdAt: row.created_at,
      seenAt: row.seen_at,
      expiresAt: row.expires_at,
      // Written by `start` alone.
      method: row.method as LogInMethod,
      address: row.address,
      userAgent: row.user_agent,
    }));
  }

  /** The person behind it has just proved once more who they are. @returns when, in ISO 8601, UTC. */
  async confirm(principal: OperatorPrincipal, address: string | null): Promise<string> {
    const { id: sessionId } = principal.session;
    const at = this.#nowIso();
    await this.#database.transaction(async (transaction) => {
      await transaction
        .updateTable("operator_sessions")
        .set({ authenticated_at: at })
        .where("id", "=", sessionId)
        .execute();
      await recordSessionAudit(transaction, "session.confirm", principal, address, sessionId);
    });
    return at;
  }

  /** @returns true when the operator had such a session. */
  async end(sessionId: string, principal: OperatorPrincipal, address: string | null): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const { numDeletedRows } = await transaction
        .deleteFrom("operator_sessions")
        .where("id", "=", sessionId)
        .where("operator_id", "=", principal.id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await recordSessionAudit(transaction, "session.end", principal, address, sessionId);
      return true;
    });
  }

  async #see(sessionId: string): Promise<void> {
    await noteInPassing(() =>
      this.#database.query((db) =>
        db
          .updateTable("operator_sessions")
          .set({ seen_at: this.#nowIso() })
          .where("id", "=", sessionId)
          .execute(),
      ),
    );
  }

  #idleSince(): string {
    return new Date(this.#now() - IDLE_MS).toISOString();
  }

  #nowIso(): string {
    return new Date(this.#now()).toISOString();
  }
}

function principalOf(
  row: {
    readonly id: string;
    readonly operator_id: string;
    readonly email: string;
    readonly name: string;
    readonly role: string;
    readonly expires_at: string;
    readonly authenticated_at: string;
  },
  token: string,
): OperatorPrincipal {
  return {
    kind: "operator",
    id: row.operator_id,
    name: row.name,
    email: row.email,
    // The database checks it.
    role: row.role as Role,
    session: {
      id: row.id,
      csrfToken: csrfTokenOf(token),
      expiresAt: row.expires_at,
      authenticatedAt: row.authenticated_at,
    },
  };
}

function recordSessionAudit(
  transaction: Kysely<Tables>,
  action: string,
  principal: OperatorPrincipal,
  address: string | null,
  sessionId: string,
): Promise<void> {
  const actor = actorOf(principal, address);
  return recordAudit(transaction, { actor, action, appId: null, target: sessionId, details: {} });
}

/** Follows from the session's token, and tells nothing about it: pages may know this one, and may not read the cookie. */
function csrfTokenOf(token: string): string {
  return createHash("sha256").update(`csrf ${token}`).digest("base64url");
}
