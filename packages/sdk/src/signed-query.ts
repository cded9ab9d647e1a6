import { httpStringToSign, type QueryParameter } from "@usher/protocol";
import { md5Hex } from "./md5.ts";
import { ParameterError } from "./parameter-error.ts";
import type { Token } from "./token.ts";

/** Query parameters of a request. A list is written with commas; what is undefined is left out. */
export type QueryParams = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface RequestToSign {
  readonly method: string;
  /** The whole path, as the server is asked for it: `/apps/3/events`. */
  readonly path: string;
  readonly params?: QueryParams | undefined;
  /** The body exactly as it is sent. */
  readonly body?: string | undefined;
}

/**
 * The query string that makes a request to the HTTP API a signed one, without a question mark.
 *
 * @throws ParameterError when `params` has one of the names that the signature needs.
 */
export async function signedQueryString(
  token: Token,
  request: RequestToSign,
  nowMs: number,
): Promise<string> {
  const parameters: QueryParameter[] = [
    ["auth_key", token.key],
    ["auth_timestamp", String(Math.floor(nowMs / 1000))],
    ["auth_version", "1.0"],
    ...(request.body ? [["body_md5", md5Hex(request.body)] as const] : []),
    ...ownParameters(request.params ?? {}),
  ].sort(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0)) as QueryParameter[];
  const query = parameters.map(([key, value]) => `${escapeReserved(key)}=${escapeReserved(value)}`).join("&");
  // Servers sign keys in lower case.
  const signed = parameters.map(([key, value]) => [key.toLowerCase(), value] as const);
  const text = httpStringToSign(request.method.toUpperCase(), request.path, signed);
  return `${query}&auth_signature=${await token.sign(text)}`;
}

const RESERVED = new Set(["auth_key", "auth_timestamp", "auth_version", "auth_signature", "body_md5"]);

function ownParameters(params: QueryParams): QueryParameter[] {
  return Object.entries(params).flatMap(([key, value]) => {
    if (RESERVED.has(key.toLowerCase())) {
      // The spelling is the official library's.
      throw new ParameterError("request_invalid", `${key} is a required parameter and cannot be overidden`);
    }
    return value === undefined ? [] : [[key, String(value)] as const];
  });
}

/**
 * Escapes what a URL cannot hold and what would end or change a parameter. The rest stays as it is, commas above all, as
 * the official library escapes nothing and the bytes on the wire are to be the same.
 */
function escapeReserved(text: string): string {
  return text.toWellFormed().replace(/[^A-Za-z0-9\-._~!$'()*,;:@/?=[\]]+/g, encodeURIComponent);
}
