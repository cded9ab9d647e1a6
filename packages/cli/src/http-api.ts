import { isJsonObject, type JsonObject, parseJsonObject } from "@usher/protocol";
import type { Cli } from "./cli.ts";
import { CliError } from "./cli-error.ts";
import { withProgress } from "./progress.ts";
import { type ApiRequest, signedUrl } from "./signed-request.ts";
import type { Target } from "./target.ts";

const TIMEOUT_MS = 30_000;

/** Asks the HTTP API and gives the JSON object it answers; anything else is a `CliError`. */
export async function callHttpApi(cli: Cli, target: Target, request: ApiRequest): Promise<JsonObject> {
  const { status, text } = await withProgress(cli, `waiting for ${target.url}`, send(target, request));
  const answer = parseJsonObject(text);
  if (status >= 400) throw refused(status, text, answer);
  if (answer) return answer;
  throw new CliError(
    "unavailable",
    "not_http_api",
    `${target.url} answered ${status} with something else than a JSON object`,
    "Check --url: it may lead to another server, or to a proxy.",
  );
}

async function send(
  target: Target,
  request: ApiRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(signedUrl(target, request, Date.now()), {
      method: request.method,
      headers: {
        accept: "application/json",
        ...(request.body !== "" && { "content-type": "application/json" }),
        "x-pusher-library": "usher-cli",
      },
      ...(request.body !== "" && { body: request.body }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw unreachable(target.url, error);
  }
}

export function unreachable(url: string, cause?: unknown): CliError {
  return new CliError(
    "unavailable",
    "unreachable",
    `${url} cannot be reached: ${reasonOf(cause)}`,
    "Is the server running there? `usher serve` starts one; --url says where else to look.",
    cause,
  );
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "no connection";
  if ("code" in cause && cause.code === "ECONNREFUSED") return "connection refused";
  return cause.message;
}

/** Usher answers an error as JSON to whoever asks for that; other servers answer text. */
function refused(status: number, text: string, answer: JsonObject | undefined): CliError {
  const error = answer?.error;
  if (isJsonObject(error) && typeof error.message === "string") {
    const { code, message, hint } = error;
    return new CliError("refused", String(code), `the server refused (${status}): ${message}`, String(hint));
  }
  const reason = text.trim().split("\n")[0] ?? "";
  return new CliError(
    "refused",
    `http_${status}`,
    `the server refused (${status})${reason === "" ? "" : `: ${reason}`}`,
    "Check the address, the credentials and the parameters.",
  );
}
