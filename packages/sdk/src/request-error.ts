export interface RequestFailure {
  readonly url: string;
  /** What `fetch` failed with, when there was no answer. */
  readonly error?: unknown;
  readonly status?: number;
  readonly body?: string;
  readonly retryAfterMs?: number | undefined;
  readonly mayHaveBeenDelivered: boolean;
}

/** A request to the HTTP API that failed, with the fields of the official library's error and some more. */
export class RequestError extends Error {
  override readonly name: string = "PusherRequestError";
  /** What was asked for. The signature in it is left out, so that a log can show it. */
  readonly url: string;
  /** What `fetch` failed with; undefined when there was an answer. */
  readonly error: unknown;
  /** The answer's status; undefined when there was none. */
  readonly status: number | undefined;
  /** The answer's body; undefined when there was none. */
  readonly body: string | undefined;
  /** Usher's name for what is wrong, such as `http_auth_signature_mismatch`; other servers give none. */
  readonly code: string | undefined;
  /** What to do about it, in Usher's words. */
  readonly hint: string | undefined;
  /** After how long the server asks for the next attempt. */
  readonly retryAfterMs: number | undefined;
  /** False when the server certainly did not act on the request, so that sending it again repeats nothing. */
  readonly mayHaveBeenDelivered: boolean;
  /** How often it was sent. */
  readonly attempts: number;

  constructor(failure: RequestFailure, attempts = 1) {
    const explanation = parseExplanation(failure.body);
    super(messageOf(failure, explanation), failure.error === undefined ? {} : { cause: failure.error });
    this.url = withoutSignature(failure.url);
    this.error = failure.error;
    this.status = failure.status;
    this.body = failure.body;
    this.code = explanation?.code;
    this.hint = explanation?.hint;
    this.retryAfterMs = failure.retryAfterMs;
    // Usher's own 503: it takes no more requests, and has not looked at this one.
    this.mayHaveBeenDelivered = failure.mayHaveBeenDelivered && this.code !== "http_draining";
    this.attempts = attempts;
  }
}

/** Valid for minutes, and logs are read by many. */
function withoutSignature(text: string): string {
  return text.replace(/([?&]auth_signature=)[0-9a-f]*/g, "$1(left out)");
}

interface Explanation {
  readonly code: string | undefined;
  readonly hint: string | undefined;
  readonly message: string;
}

/** Usher's errors are `message`, a line end and `code: hint`; or JSON, where that was asked for. Others are shown as they are. */
function parseExplanation(body: string | undefined): Explanation | undefined {
  const text = body?.trim();
  if (!text) return undefined;
  const fromJson = text.startsWith("{") ? parseJsonExplanation(text) : undefined;
  if (fromJson) return fromJson;
  // The message may have line ends of its own: it shows the text to sign.
  const [, message, code, hint] = /^([\s\S]*)\n([a-z][a-z0-9_]*): (.*)$/.exec(text) ?? [];
  return message === undefined
    ? { message: text, code: undefined, hint: undefined }
    : { message, code, hint };
}

function parseJsonExplanation(text: string): Explanation | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: Readonly<Record<string, unknown>> };
    if (typeof error?.code !== "string" || typeof error.message !== "string") return undefined;
    return { code: error.code, message: error.message, hint: textOr(error.hint) };
  } catch {
    return undefined;
  }
}

function textOr(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Begins as the official library's message does. */
function messageOf({ status, error }: RequestFailure, explanation: Explanation | undefined): string {
  if (status === undefined) return withDetail("Request failed with an error", reasonOf(error));
  return withDetail(`Unexpected status code ${status}`, explanation?.message);
}

const LONGEST_DETAIL = 500;

function withDetail(message: string, detail: string | undefined): string {
  if (!detail) return message;
  const line = detail.replaceAll(/\r?\n/g, "\\n");
  return `${message}: ${line.length > LONGEST_DETAIL ? `${line.slice(0, LONGEST_DETAIL)}...` : line}`;
}

/** `fetch` says no more than "fetch failed" on some runtimes; the reason is in the cause. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Some runtimes name the whole URL.
  return (error.cause === undefined ? undefined : reasonOf(error.cause)) || withoutSignature(error.message);
}
