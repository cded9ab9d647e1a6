import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Kysely } from "kysely";
import type { Database } from "../store/database.ts";
import type { Tables } from "../store/tables.ts";

/** A process that sends webhooks, as the others see it. */
export interface SenderIdentity {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

export interface SenderLeasesOptions {
  readonly database: Database;
  readonly me: SenderIdentity;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * What stands for all nodes of a cluster: it shows signs of life as long as one of them does, so that whoever comes after
   * the last of them finds what they told receivers.
   */
  readonly keeperId?: string | undefined;
  /** False for a process that is known to have ended; true where that cannot be known. */
  readonly isRunning: (sender: SenderIdentity) => boolean;
}

/** A sender that has not been heard of for so long is taken for dead. Clocks of servers may differ by a few seconds. */
const LEASE_MS = 12_000;

/**
 * Who sends to which endpoint: one process for each, whichever comes first. Leases last as long as their holder shows
 * signs of life; one that ended on this machine is found out at once.
 */
export class SenderLeases {
  readonly #options: SenderLeasesOptions;
  #seenAtMs = Number.NEGATIVE_INFINITY;
  /** Other senders that were alive when last looked at. */
  #alive: readonly string[] = [];

  constructor(options: SenderLeasesOptions) {
    this.#options = options;
  }

  /** May this process still believe in its leases? Others start to doubt them a little later. */
  get areValid(): boolean {
    return this.#options.now() - this.#seenAtMs < LEASE_MS / 2;
  }

  /** Shows a sign of life. Call it every two seconds or so. */
  async renew(): Promise<void> {
    const { database, me, now, keeperId } = this.#options;
    const nowMs = now();
    const seen_at = new Date(nowMs).toISOString();
    const keeper = keeperId === undefined ? [] : [{ id: keeperId, host: "", pid: 0, seen_at }];
    await database.transaction(async (transaction) => {
      await transaction
        .insertInto("webhook_senders")
        .values([{ ...me, seen_at }, ...keeper])
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ seen_at }))
        .execute();
    });
    this.#seenAtMs = nowMs;
  }

  /** Takes the endpoints that nobody alive holds; returns all of the given that are this process's now. */
  acquire(endpointIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { database, me } = this.#options;
    return database.transaction(async (transaction) => {
      const senders = await this.#senders(transaction);
      const others = new Set(senders.filter(({ id, isDead }) => !isDead && id !== me.id).map(({ id }) => id));
      const leases = await transaction.selectFrom("webhook_leases").selectAll().execute();
      const holders = new Map(leases.map(({ endpoint_id, sender_id }) => [endpoint_id, sender_id]));
      const own = new Set<string>();
      for (const endpointId of endpointIds) {
        const holder = holders.get(endpointId);
        if (holder !== undefined && others.has(holder)) continue;
        own.add(endpointId);
        if (holder === me.id) continue;
        await transaction
          .insertInto("webhook_leases")
          .values({ endpoint_id: endpointId, sender_id: me.id })
          .onConflict((conflict) => conflict.column("endpoint_id").doUpdateSet({ sender_id: me.id }))
          .execute();
      }
      return own;
    });
  }

  /**
   * Senders that are dead, so that nobody looks after what they told receivers, and whether one has gone that was alive when
   * this was last asked.
   */
  look(): Promise<{ readonly dead: readonly string[]; readonly hasLost: boolean }> {
    return this.#options.database.query(async (db) => {
      const senders = await this.#senders(db);
      const alive = senders.filter(({ isDead }) => !isDead).map(({ id }) => id);
      const hasLost = this.#alive.some((id) => !alive.includes(id));
      this.#alive = alive;
      return { dead: senders.filter(({ isDead }) => isDead).map(({ id }) => id), hasLost };
    });
  }

  /** Forgets dead senders; returns those that nobody else had forgotten before. */
  forget(senderIds: readonly string[]): Promise<readonly string[]> {
    return this.#options.database.transaction(async (transaction) => {
      await transaction
        .deleteFrom("webhook_leases")
        .where("sender_id", "in", [...senderIds])
        .execute();
      const forgotten = await transaction
        .deleteFrom("webhook_senders")
        .where("id", "in", [...senderIds])
        .returning("id")
        .execute();
      return forgotten.map(({ id }) => id);
    });
  }

  /** Gives all leases back. What this process told receivers waits for the next. */
  release(): Promise<void> {
    const { database, me } = this.#options;
    this.#seenAtMs = Number.NEGATIVE_INFINITY;
    SENDERS_HERE.delete(me.id);
    return database.transaction(async (transaction) => {
      await transaction.deleteFrom("webhook_leases").where("sender_id", "=", me.id).execute();
      const longAgo = new Date(0).toISOString();
      await transaction
        .updateTable("webhook_senders")
        .set({ seen_at: longAgo })
        .where("id", "=", me.id)
        .execute();
    });
  }

  async #senders(db: Kysely<Tables>): Promise<{ readonly id: string; readonly isDead: boolean }[]> {
    const senders = await db.selectFrom("webhook_senders").selectAll().execute();
    return senders.map((sender) => ({ id: sender.id, isDead: this.#isDead(sender) }));
  }

  #isDead(sender: SenderIdentity & { readonly seen_at: string }): boolean {
    const { me, keeperId, now, isRunning } = this.#options;
    if (sender.id === me.id || sender.id === keeperId) return false;
    return now() - Date.parse(sender.seen_at) > LEASE_MS || !isRunning(sender);
  }
}

const SENDERS_HERE = new Set<string>();

/** A sender of this process, by an id that no other start of it has. */
export function newSender(): SenderIdentity {
  const id = `snd_${randomBytes(6).toString("hex")}`;
  SENDERS_HERE.add(id);
  return { id, host: hostname(), pid: process.pid };
}

/** For a database that only processes of this machine can open: looks for the process itself. */
export function isRunningHere({ id, host, pid }: SenderIdentity): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return SENDERS_HERE.has(id);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
