/** An answer of the admin API that says no, or no answer at all. */
export class ApiError extends Error {
  /** 0 when the server could not be reached. */
  readonly status: number;
  /** A stable name, listed in docs/admin-errors.md; `unreachable` without an answer. */
  readonly code: string;
  readonly hint: string;

  constructor(status: number, code: string, message: string, hint: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** Reads `{ error: { code, message, hint } }`, or says what came instead. */
export function apiErrorOf(status: number, body: unknown): ApiError {
  const error = isObject(body) && isObject(body.error) ? body.error : {};
  return new ApiError(
    status,
    textOr(error.code, "unexpected_answer"),
    textOr(error.message, `The server answered ${status}.`),
    textOr(error.hint, ""),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
