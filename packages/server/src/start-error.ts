/**
 * Something that the server needs at the start is not to be had. `message` and `hint` are for the operator; `exitCode`
 * follows sysexits.h, as the command line does.
 */
export class StartError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: number;

  constructor(code: string, message: string, hint: string, exitCode: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StartError";
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

const UNAVAILABLE = 69;

/** A port that cannot be listened on, in words. */
export function listenError(cause: unknown, host: string, port: number, setting: string): StartError {
  const reason = codeOf(cause);
  const where = `${host}:${port}`;
  if (reason === "EADDRINUSE") {
    return new StartError(
      "port_in_use",
      `${where} is in use by another process`,
      `Choose another ${setting}, or end that process.`,
      UNAVAILABLE,
      cause,
    );
  }
  if (reason === "EACCES") {
    return new StartError(
      "port_forbidden",
      `This user may not listen on ${where}`,
      `Choose a ${setting} above 1023.`,
      UNAVAILABLE,
      cause,
    );
  }
  return new StartError(
    "listen_failed",
    `Cannot listen on ${where}: ${String(cause)}`,
    `Check the host and ${setting}.`,
    UNAVAILABLE,
    cause,
  );
}

function codeOf(cause: unknown): unknown {
  return typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
}
