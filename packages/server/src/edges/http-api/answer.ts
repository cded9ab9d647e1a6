import { UsherError } from "@usher/protocol";

/** What a route answers: a JSON object, or a refusal. Always an object: some libraries take nothing else for success. */
export type Answer =
  | {
      readonly status: 200 | 202;
      readonly json: string;
      /** The request may be repeated under its key: it will be answered like this, and have no further effect. */
      readonly isIdempotent?: boolean;
    }
  | UsherError;

export const EMPTY_ANSWER: Answer = { status: 200, json: "{}" };

export function answerJson(value: object): Answer {
  return { status: 200, json: JSON.stringify(value) };
}

export function parameterInvalid(problem: string): UsherError {
  return new UsherError("http_parameter_invalid", { problem });
}

// Made once: building headers is a good part of what a small answer costs.
const JSON_HEADERS = new Headers({ "content-type": "application/json" });
const OK = { status: 200, headers: JSON_HEADERS };
// A sender that sees it knows that this server minds its keys, and that a repeat is safe.
const IDEMPOTENT_HEADERS = new Headers({
  "content-type": "application/json",
  "idempotency-key": "honoured",
});

/**
 * Text by default, as libraries print it; JSON for whoever asks for it.
 *
 * @param explanation of a refusal, in development.
 */
export function toResponse(answer: Answer, acceptHeader: string | null, explanation?: string): Response {
  if (!(answer instanceof UsherError)) {
    if (answer.isIdempotent) {
      return new Response(answer.json, { status: answer.status, headers: IDEMPOTENT_HEADERS });
    }
    return new Response(
      answer.json,
      answer.status === 200 ? OK : { status: answer.status, headers: JSON_HEADERS },
    );
  }
  const { code, message, hint, spec } = answer;
  const status = spec.status ?? 500;
  const headers: Record<string, string> = { "cache-control": "no-store", ...extraHeaders(answer) };
  if (acceptHeader?.includes("application/json")) {
    return new Response(JSON.stringify({ error: { code, message, hint, explanation } }), {
      status,
      headers: { ...headers, "content-type": "application/json" },
    });
  }
  const explained = explanation === undefined ? "" : `${explanation}\n`;
  return new Response(`${message}\n${code}: ${hint}\n${explained}`, {
    status,
    headers: { ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}

function extraHeaders({ code, details }: UsherError): Record<string, string> {
  if (COMES_BACK.includes(code)) return { "retry-after": "1" };
  if (code === "http_method_not_allowed") return { allow: String(details.allowed ?? "") };
  return {};
}

/** A second later the answer may be another. */
const COMES_BACK: readonly UsherError["code"][] = [
  "http_rate_exceeded",
  "http_draining",
  "idempotency_key_pending",
];
