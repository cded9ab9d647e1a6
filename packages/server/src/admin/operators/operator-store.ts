import type { Kysely, Selectable } from "kysely";
import type { Actor } from "../../actor.ts";
import { recordAudit } from "../../audit/record-audit.ts";
import type { Database } from "../../store/database.ts";
import type { OperatorsTable, Tables } from "../../store/tables.ts";
import { AdminError } from "../admin-errors.ts";
import type { Role } from "../principal.ts";
import { hashOpaqueToken, makeOpaqueToken, makeSortableId } from "./opaque-token.ts";

export interface Operator {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Invited, and has not come yet. */
  readonly isInvited: boolean;
  readonly hasPassword: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** ISO 8601, UTC: the last log-in. */
  readonly seenAt: string | null;
}

export interface OneTimeLink {
  /** Stored as a hash only: this is the one time that it is known. */
  readonly token: string;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

const SETUP_LINK_MS = 24 * 3_600_000;
const INVITATION_MS = 7 * 24 * 3_600_000;

/**
 * The people who may use the admin API, and the one-time links that let them in the first time. Every change is in the
 * audit trail. What cannot be done throws an `AdminError`.
 */
export class OperatorStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Somebody has to be able to invite the others: until there is an owner who has come, there is a first run. */
  async isSetupNeeded(): Promise<boolean> {
    return this.#database.query(async (db) => (await countOwners(db)) === 0);
  }

  /** The newest first. @param before an id: only operators made before that one. */
  async list({
    before,
    limit,
  }: {
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly Operator[]> {
    const rows = await this.#database.query((db) => {
      const query = db.selectFrom("operators").selectAll().orderBy("id", "desc").limit(limit);
      return (before === undefined ? query : query.where("id", "<", before)).execute();
    });
    return rows.map(operatorOf);
  }

  /** For a log-in with a password. @returns the hash to compare with besides the operator. */
  async findByEmail(
    email: string,
  ): Promise<{ readonly operator: Operator; readonly passwordHash: string | null } | undefined> {
    const row = await this.#database.query((db) => selectByEmail(db, email));
    return row && { operator: operatorOf(row), passwordHash: row.password_hash };
  }

  /** A link for the first run; `undefined` once there is an owner. Those of earlier starts stay good until they expire. */
  async makeSetupLink(): Promise<OneTimeLink | undefined> {
    return this.#database.transaction(async (transaction) => {
      if ((await countOwners(transaction)) > 0) return undefined;
      return this.#insertLink(transaction, null, SETUP_LINK_MS);
    });
  }

  /** Checks a link of the first run, before anything costly is done for it. Throws `setup_done` or `link_invalid`. */
  async requireSetupLink(linkToken: string): Promise<void> {
    await this.#database.query((db) => this.#requireSetupLink(db, linkToken));
  }

  /** The first owner. Throws `setup_done` or `link_invalid`. */
  async setUp(
    linkToken: string,
    person: { readonly email: string; readonly name: string; readonly passwordHash: string },
    address: string | null,
  ): Promise<Operator> {
    return this.#database.transaction(async (transaction) => {
      await this.#requireSetupLink(transaction, linkToken);
      await transaction.deleteFrom("one_time_links").where("operator_id", "is", null).execute();
      const email = normalizeEmail(person.email);
      // Somebody who logged in through a provider before there was an owner may be the one who holds the link.
      await transaction.deleteFrom("operators").where("email", "=", email).execute();
      const operator = await this.#insert(transaction, {
        email,
        name: person.name,
        role: "owner",
        passwordHash: person.passwordHash,
        isAccepted: true,
      });
      await this.#record(transaction, asActor(operator, address), "operator.setup", operator, {
        role: "owner",
      });
      return operator;
    });
  }

  /** Throws `operator_exists`. */
  async invite(
    person: { readonly email: string; readonly role: Role },
    by: Actor,
  ): Promise<{ readonly operator: Operator; readonly link: OneTimeLink }> {
    return this.#database.transaction(async (transaction) => {
      const email = normalizeEmail(person.email);
      if (await selectByEmail(transaction, email)) throw new AdminError("operator_exists");
      const operator = await this.#insert(transaction, {
        email,
        name: "",
        role: person.role,
        passwordHash: null,
        isAccepted: false,
      });
      const link = await this.#insertLink(transaction, operator.id, INVITATION_MS);
      await this.#record(transaction, by, "operator.invite", operator, { role: person.role });
      return { operator, link };
    });
  }

  /** A new link in place of the former: for an invitation that was lost, or a password. Throws `operator_not_found`. */
  async renewInvitation(
    id: string,
    by: Actor,
  ): Promise<{ readonly operator: Operator; readonly link: OneTimeLink }> {
    return this.#database.transaction(async (transaction) => {
      const operator = await requireOperator(transaction, id);
      await transaction.deleteFrom("one_time_links").where("operator_id", "=", id).execute();
      const link = await this.#insertLink(transaction, id, INVITATION_MS);
      await this.#record(transaction, by, "operator.invite", operator, { role: operator.role, again: true });
      return { operator, link };
    });
  }

  /** The e-mail address that a link is for, so that a password can be held against it. Throws `link_invalid`. */
  async emailOfInvitation(linkToken: string): Promise<string> {
    return this.#database.query(async (db) => (await this.#invited(db, linkToken)).email);
  }

  /** Sets name and password of whom the link is for, and ends the sessions that they had. Throws `link_invalid`. */
  async accept(
    linkToken: string,
    person: { readonly name: string; readonly passwordHash: string },
    address: string | null,
  ): Promise<Operator> {
    return this.#database.transaction(async (transaction) => {
      const { id } = await this.#invited(transaction, linkToken);
      await transaction.deleteFrom("one_time_links").where("operator_id", "=", id).execute();
      await transaction.deleteFrom("operator_sessions").where("operator_id", "=", id).execute();
      await transaction
        .updateTable("operators")
        .set((eb) => ({
          name: person.name,
          password_hash: person.passwordHash,
          accepted_at: eb.fn.coalesce("accepted_at", eb.val(this.#nowIso())),
        }))
        .where("id", "=", id)
        .execute();
      const operator = await requireOperator(transaction, id);
      await this.#record(transaction, asActor(operator, address), "operator.accept", operator, {});
      return operator;
    });
  }

  /** Throws `operator_not_found` or `last_owner`. */
  async change(
    id: string,
    changes: { readonly name?: string | undefined; readonly role?: Role | undefined },
    by: Actor,
  ): Promise<Operator> {
    return this.#database.transaction(async (transaction) => {
      const before = await requireOperator(transaction, id);
      const { name = before.name, role = before.role } = changes;
      if (name === before.name && role === before.role) return before;
      if (role !== "owner") await requireOtherOwner(transaction, before);
      await transaction.updateTable("operators").set({ name, role }).where("id", "=", id).execute();
      await this.#record(transaction, by, "operator.update", before, {
        ...(name !== before.name && { name }),
        ...(role !== before.role && { role, former_role: before.role }),
      });
      return requireOperator(transaction, id);
    });
  }

  /** With all sessions and links. Throws `operator_not_found` or `last_owner`. */
  async remove(id: string, by: Actor): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const operator = await requireOperator(transaction, id);
      await requireOtherOwner(transaction, operator);
      await transaction.deleteFrom("operators").where("id", "=", id).execute();
      await this.#record(transaction, by, "operator.remove", operator, { role: operator.role });
    });
  }

  /** Ends all sessions but one. */
  async changePassword(id: string, passwordHash: string, keptSessionId: string, by: Actor): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const operator = await requireOperator(transaction, id);
      await transaction
        .updateTable("operators")
        .set({ password_hash: passwordHash })
        .where("id", "=", id)
        .execute();
      await transaction
        .deleteFrom("operator_sessions")
        .where("operator_id", "=", id)
        .where("id", "!=", keptSessionId)
        .execute();
      await this.#record(transaction, by, "operator.password", operator, {});
    });
  }

  /** The same password, hashed with today's parameters; nothing when it was changed in between. */
  async rehashPassword(id: string, before: string, after: string): Promise<void> {
    await this.#database.query((db) =>
      db
        .updateTable("operators")
        .set({ password_hash: after })
        .where("id", "=", id)
        .where("password_hash", "=", before)
        .execute(),
    );
  }

  /**
   * Somebody who a provider vouches for: found by e-mail, or made with the role given. The provider's account is kept, so
   * that an address which goes to another account does not open the operator's. Throws `oidc_not_allowed`.
   */
  async admit(
    person: {
      readonly email: string;
      readonly name: string;
      readonly subject: string;
      readonly role: Role;
    },
    address: string | null,
  ): Promise<Operator> {
    return this.#database.transaction(async (transaction) => {
      const email = normalizeEmail(person.email);
      const found = await selectByEmail(transaction, email);
      if (found?.oidc_subject === person.subject) return operatorOf(found);
      if (found && found.oidc_subject !== null) throw new AdminError("oidc_not_allowed");
      const { name, role, subject } = person;
      const { id } =
        found ??
        (await this.#insert(transaction, { email, name, role, passwordHash: null, isAccepted: true }));
      await transaction
        .updateTable("operators")
        .set((eb) => ({
          oidc_subject: subject,
          name: found?.name || name,
          accepted_at: eb.fn.coalesce("accepted_at", eb.val(this.#nowIso())),
        }))
        .where("id", "=", id)
        .execute();
      if (found) await transaction.deleteFrom("one_time_links").where("operator_id", "=", id).execute();
      const operator = await requireOperator(transaction, id);
      await this.#record(transaction, asActor(operator, address), "operator.admit", operator, {
        role: operator.role,
        subject,
      });
      return operator;
    });
  }

  async #insert(
    transaction: Kysely<Tables>,
    person: {
      readonly email: string;
      readonly name: string;
      readonly role: Role;
      readonly passwordHash: string | null;
      readonly isAccepted: boolean;
    },
  ): Promise<Operator> {
    const row: OperatorsTable = {
      id: makeSortableId("op", this.#now()),
      email: person.email,
      name: person.name,
      role: person.role,
      password_hash: person.passwordHash,
      oidc_subject: null,
      created_at: this.#nowIso(),
      accepted_at: person.isAccepted ? this.#nowIso() : null,
      seen_at: null,
    };
    await transaction.insertInto("operators").values(row).execute();
    return operatorOf(row);
  }

  async #insertLink(
    transaction: Kysely<Tables>,
    operatorId: string | null,
    lifetimeMs: number,
  ): Promise<OneTimeLink> {
    await transaction.deleteFrom("one_time_links").where("expires_at", "<=", this.#nowIso()).execute();
    const token = makeOpaqueToken();
    const expiresAt = new Date(this.#now() + lifetimeMs).toISOString();
    await transaction
      .insertInto("one_time_links")
      .values({
        token_hash: hashOpaqueToken(token),
        operator_id: operatorId,
        created_at: this.#nowIso(),
        expires_at: expiresAt,
      })
      .execute();
    return { token, expiresAt };
  }

  async #requireSetupLink(db: Kysely<Tables>, linkToken: string): Promise<void> {
    if ((await countOwners(db)) > 0) throw new AdminError("setup_done");
    if ((await this.#findLink(db, linkToken)) !== null) throw new AdminError("link_invalid");
  }

  async #invited(db: Kysely<Tables>, linkToken: string): Promise<Operator> {
    const operatorId = await this.#findLink(db, linkToken);
    if (operatorId === null) throw new AdminError("link_invalid");
    return requireOperator(db, operatorId);
  }

  /** @returns whose link it is; `null` for one of the first run. Throws `link_invalid`. */
  async #findLink(db: Kysely<Tables>, linkToken: string): Promise<string | null> {
    const link = await db
      .selectFrom("one_time_links")
      .select("operator_id")
      .where("token_hash", "=", hashOpaqueToken(linkToken))
      .where("expires_at", ">", this.#nowIso())
      .executeTakeFirst();
    if (!link) throw new AdminError("link_invalid");
    return link.operator_id;
  }

  async #record(
    transaction: Kysely<Tables>,
    actor: Actor,
    action: string,
    operator: Operator,
    details: Record<string, string | boolean>,
  ): Promise<void> {
    await recordAudit(transaction, {
      actor,
      action,
      appId: null,
      target: operator.id,
      details: { email: operator.email, ...details },
    });
  }

  #nowIso(): string {
    return new Date(this.#now()).toISOString();
  }
}

function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

function asActor({ id, email }: Operator, address: string | null): Actor {
  return { kind: "operator", id, name: email, address };
}

async function countOwners(db: Kysely<Tables>): Promise<number> {
  const owners = await db
    .selectFrom("operators")
    .select("id")
    .where("role", "=", "owner")
    .where("accepted_at", "is not", null)
    .execute();
  return owners.length;
}

/** Transactions run one after the other, so two owners cannot demote each other at the same time. */
async function requireOtherOwner(transaction: Kysely<Tables>, operator: Operator): Promise<void> {
  if (operator.role !== "owner" || operator.isInvited) return;
  if ((await countOwners(transaction)) === 1) throw new AdminError("last_owner");
}

async function requireOperator(db: Kysely<Tables>, id: string): Promise<Operator> {
  const row = await selectById(db, id);
  if (!row) throw new AdminError("operator_not_found");
  return operatorOf(row);
}

function selectById(db: Kysely<Tables>, id: string) {
  return db.selectFrom("operators").selectAll().where("id", "=", id).executeTakeFirst();
}

function selectByEmail(db: Kysely<Tables>, email: string) {
  return db.selectFrom("operators").selectAll().where("email", "=", normalizeEmail(email)).executeTakeFirst();
}

function operatorOf(row: Selectable<OperatorsTable>): Operator {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    // The database checks it.
    role: row.role as Role,
    isInvited: row.accepted_at === null,
    hasPassword: row.password_hash !== null,
    createdAt: row.created_at,
    seenAt: row.seen_at,
  };
}
