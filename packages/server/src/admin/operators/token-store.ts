import type { Selectable } from "kysely";
import type { Actor } from "../../actor.ts";
import { recordAudit } from "../../audit/record-audit.ts";
import type { Database } from "../../store/database.ts";
import type { ApiTokensTable } from "../../store/tables.ts";
import { AdminError } from "../admin-errors.ts";
import { type Role, SCOPES, type Scope, type TokenPrincipal } from "../principal.ts";
import { noteInPassing } from "./note-in-passing.ts";
import { hashOpaqueToken, makeOpaqueToken, makeSortableId } from "./opaque-token.ts";

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** The name of who made it. */
  readonly createdBy: string;
  /** ISO 8601, UTC, as the times below. */
  readonly createdAt: string;
  /** `null` for one without an end. */
  readonly expiresAt: string | null;
  /** To the minute; `null` for one that was never used. */
  readonly usedAt: string | null;
  /** The address that it was used from then. */
  readonly usedFrom: string | null;
}

/** What tokens begin with, so that people and scanners of leaked secrets know one when they see it. */
const TOKEN_PREFIX = "usher_";
/** How often a token that is in use is written down as used. */
const USED_EVERY_MS = 60_000;

/** API tokens: made by owners for programs. */
export class TokenStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** @returns the token's value besides, which is stored as a hash only: this is the one time that it is known. */
  async create(
    token: {
      readonly name: string;
      readonly role: Role;
      readonly scopes: readonly Scope[];
      readonly expiresAt: string | null;
    },
    by: Actor,
  ): Promise<{ readonly token: ApiToken; readonly value: string }> {
    const value = makeOpaqueToken(TOKEN_PREFIX);
    const row: ApiTokensTable = {
      id: makeSortableId("tok", this.#now()),
      token_hash: hashOpaqueToken(value),
      name: token.name,
      role: token.role,
      scopes: SCOPES.filter((scope) => token.scopes.includes(scope)).join(" "),
      created_by: by.name,
      created_at: this.#nowIso(),
      expires_at: token.expiresAt,
      used_at: null,
      used_from: null,
    };
    await this.#database.transaction(async (transaction) => {
      await transaction.insertInto("api_tokens").values(row).execute();
      const { name, role, scopes, expires_at } = row;
      await recordAudit(transaction, {
        actor: by,
        action: "token.create",
        appId: null,
        target: row.id,
        details: { name, role, scopes, expires_at },
      });
    });
    return { token: tokenOf(row), value };
  }

  /** The newest first. @param before an id: only tokens made before that one. */
  async list({
    before,
    limit,
  }: {
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly ApiToken[]> {
    const rows = await this.#database.query((db) => {
      const query = db.selectFrom("api_tokens").selectAll().orderBy("id", "desc").limit(limit);
      return (before === undefined ? query : query.where("id", "<", before)).execute();
    });
    return rows.map(tokenOf);
  }

  /** Throws `token_not_found`. */
  async revoke(id: string, by: Actor): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const row = await transaction
        .deleteFrom("api_tokens")
        .where("id", "=", id)
        .returning("name")
        .executeTakeFirst();
      if (!row) throw new AdminError("token_not_found");
      await recordAudit(transaction, {
        actor: by,
        action: "token.revoke",
        appId: null,
        target: id,
        details: { name: row.name },
      });
    });
  }

  /** Whose token this is. Throws `token_invalid` or `token_expired`. */
  async authenticate(value: string, address: string | null): Promise<TokenPrincipal> {
    const row = await this.#database.query((db) =>
      db
        .selectFrom("api_tokens")
        .selectAll()
        .where("token_hash", "=", hashOpaqueToken(value))
        .executeTakeFirst(),
    );
    if (!row) throw new AdminError("token_invalid");
    const { id, name, role, scopes, expiresAt, usedAt } = tokenOf(row);
    if (expiresAt !== null && expiresAt <= this.#nowIso()) throw new AdminError("token_expired");
    const isNews = usedAt === null || this.#now() - Date.parse(usedAt) >= USED_EVERY_MS;
    if (isNews) await this.#use(id, address);
    return { kind: "token", id, name, role, scopes, expiresAt };
  }

  async #use(id: string, address: string | null): Promise<void> {
    await noteInPassing(() =>
      this.#database.query((db) =>
        db
          .updateTable("api_tokens")
          .set({ used_at: this.#nowIso(), used_from: address })
          .where("id", "=", id)
          .execute(),
      ),
    );
  }

  #nowIso(): string {
    return new Date(this.#now()).toISOString();
  }
}

function tokenOf(row: Selectable<ApiTokensTable>): ApiToken {
  return {
    id: row.id,
    name: row.name,
    // The database checks it.
    role: row.role as Role,
    scopes: SCOPES.filter((scope) => row.scopes.split(" ").includes(scope)),
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    usedFrom: row.used_from,
  };
}
