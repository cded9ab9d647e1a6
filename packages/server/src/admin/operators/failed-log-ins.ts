import type { Logger } from "pino";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { recordAudit } from "../../audit/record-audit.ts";
import type { Database } from "../../store/database.ts";

const WINDOW_SECONDS = 15 * 60;
/** Entries in that time for addresses that nobody here has. Those of an operator are bounded by `LogInLimits` already. */
const MOST_OF_STRANGERS = 100;

export interface FailedLogIn {
  readonly email: string;
  /** `null` when nobody here has this address. */
  readonly operatorId: string | null;
  /** Where it came from. */
  readonly address: string | null;
}

/**
 * Puts failed log-ins on record. Nobody can shorten the audit trail, so it must not be for strangers to fill it: of what they
 * try, so much is on record, and the next entry says how many are not.
 */
export class FailedLogIns {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #strangers = new RateLimiterMemory({ points: MOST_OF_STRANGERS, duration: WINDOW_SECONDS });
  #leftOut = 0;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  async record({ email, operatorId, address }: FailedLogIn): Promise<void> {
    if (operatorId === null && !(await this.#hasRoom())) {
      if (this.#leftOut === 0) this.#log.warn("many failed log-ins: not all of them are in the audit trail");
      this.#leftOut++;
      return;
    }
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    await this.#database.transaction((transaction) =>
      recordAudit(transaction, {
        actor: { kind: "operator", id: operatorId ?? "", name: email, address },
        action: "session.login_failed",
        appId: null,
        target: operatorId,
        details: leftOut > 0 ? { not_on_record: leftOut } : {},
      }),
    );
  }

  async #hasRoom(): Promise<boolean> {
    try {
      await this.#strangers.consume("all");
      return true;
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return false;
      throw refusal;
    }
  }
}
