import { type App, TokenBucket } from "@usher/hub";
import type { UsherError } from "@usher/protocol";
import { type Logger, pino } from "pino";
import pretty from "pino-pretty";
import type { NoteListener } from "./notes.ts";

export interface LogOptions {
  readonly level: string;
  readonly format: "json" | "pretty";
}

/** Structured logs on standard output. Secrets do not get here; the redaction is a second lock on that door. */
export function openLog({ level, format }: LogOptions): Logger {
  // No pino transport: it starts a worker by file path, which a single-file executable does not have.
  const destination =
    format === "pretty" ? pretty({ sync: true, ignore: "pid,hostname" }) : pino.destination({ sync: true });
  return pino(
    {
      level,
      base: null,
      redact: {
        paths: ["secret", "*.secret", "secrets", "*.secrets", "authorization", "*.authorization"],
        censor: "[redacted]",
      },
    },
    destination,
  );
}

const REFUSALS_A_SECOND = 20;

/** Says why something was refused, as often as a person can read; the metrics count every one. */
export class RefusalLog {
  readonly #log: Logger;
  readonly #bucket: TokenBucket;
  readonly #now: () => number;
  #suppressed = 0;

  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#bucket = new TokenBucket(REFUSALS_A_SECOND, now());
  }

  readonly onNote: NoteListener = (app, note) => {
    if (note.kind !== "refused") return;
    this.write(app, `${note.operation} refused`, note.error, {
      channel: note.channel,
      socketId: note.connection.socketId,
    });
  };

  write(app: App | undefined, what: string, error: UsherError, context: Record<string, unknown> = {}): void {
    if (!this.#bucket.take(REFUSALS_A_SECOND, 1, this.#now())) {
      this.#suppressed++;
      return;
    }
    const suppressed = this.#suppressed > 0 ? { suppressedBefore: this.#suppressed } : {};
    this.#suppressed = 0;
    const { code, message, hint } = error;
    this.#log.info({ app: app?.id, code, reason: message, hint, ...context, ...suppressed }, what);
  }
}
