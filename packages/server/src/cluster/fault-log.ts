import type { Logger } from "pino";
import { LINK_ERRORS, LinkError } from "./link/link-error.ts";

export interface FaultLogOptions {
  readonly log: Pick<Logger, "warn">;
  /** Milliseconds since some moment. */
  readonly monotonicNow: () => number;
}

interface Told {
  atMs: number;
  /** How many of its kind were not told since. */
  untold: number;
}

const AGAIN_MS = 60_000;

/**
 * Logs what Redis did not do. All that is under way fails together when Redis goes away, and all is tried again every other
 * second: so of each kind one is told in an outage, and one a minute of what fails without one.
 */
export class FaultLog {
  readonly #options: FaultLogOptions;
  readonly #told = new Map<string, Told>();
  #isLinkUp = true;

  constructor(options: FaultLogOptions) {
    this.#options = options;
  }

  report(error: unknown): void {
    const { log, monotonicNow } = this.#options;
    const { code, message, hint, kind } = describe(error);
    const told = this.#told.get(kind);
    const nowMs = monotonicNow();
    if (told && (!this.#isLinkUp || nowMs - told.atMs < AGAIN_MS)) {
      told.untold++;
      return;
    }
    this.#told.set(kind, { atMs: nowMs, untold: 0 });
    const more = told && told.untold > 0 ? { alike: told.untold } : {};
    const cause = error instanceof LinkError ? {} : { err: error };
    log.warn({ code, hint, ...more, ...cause }, `cluster: ${message}; what Redis did not do is tried again`);
  }

  linkDown(): void {
    this.#isLinkUp = false;
  }

  /** The outage is over: what fails from now on is told again. */
  linkUp(): void {
    this.#isLinkUp = true;
    this.#told.clear();
  }
}

function describe(error: unknown): { code: string; message: string; hint: string; kind: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof LinkError) return { code: error.code, message, hint: error.hint, kind: error.code };
  // Not a failure of the link, but an answer that was not expected: told apart by what it is, not by what it says.
  const name = error instanceof Error ? error.name : typeof error;
  return { code: "redis_failed", message, hint: LINK_ERRORS.redis_failed, kind: `redis_failed ${name}` };
}
