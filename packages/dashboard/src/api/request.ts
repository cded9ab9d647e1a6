import { ApiError, apiErrorOf } from "./api-error.ts";
import { API } from "./place.ts";

// Given out by `GET /session` and by logging in; every unsafe request shows it.
let csrfToken: string | undefined;

export function rememberCsrfToken(token: string): void {
  csrfToken = token;
}

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/**
 * Asks the admin API. Throws an `ApiError` for every answer but a success.
 *
 * @param path after `/admin/v1`, its parts encoded.
 */
export async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${API}${path}`, {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(method === "GET" || csrfToken === undefined ? {} : { "x-csrf-token": csrfToken }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new ApiError(0, "unreachable", "The server cannot be reached.", String(cause));
  });
  const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  if (!response.ok) throw apiErrorOf(response.status, answer);
  return answer as T;
}

/** `?a=1&b=2` of the values that are there; empty when none is. */
export function queryString(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(values).filter((entry) => entry[1] !== undefined && entry[1] !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}
