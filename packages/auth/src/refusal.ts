/** Why a request gets no signature, as its sender learns it. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 413 | 415 | 500;
  readonly error: string;
  /** The request parameter at fault. */
  readonly parameter?: string;
}

/** The request cannot be understood: which parameter, and what is wrong with it. */
export function malformed(parameter: string, reason: string): Refusal {
  return { status: 400, error: `${parameter}: ${reason}`, parameter };
}

export const FORBIDDEN: Refusal = { status: 403, error: "Forbidden" };
export const NOT_SIGNED_IN: Refusal = { status: 401, error: "Not signed in" };
export const FAILED: Refusal = { status: 500, error: "Internal server error" };
