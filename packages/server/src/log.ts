import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

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
