import { equalInConstantTime } from "@usher/protocol";
import { checkOrigins, type Origins, originOf } from "./origin.ts";

/**
 * Does this POST come from a page of ours? The request's body has been read already: what it had besides the socket id
 * and the channels is in `parameters`.
 */
export type CsrfCheck = (request: Request, parameters: URLSearchParams) => boolean | Promise<boolean>;

export interface DoubleSubmitOptions {
  readonly cookie: string;
  /** The header that repeats the cookie. */
  readonly header?: string;
  /** The request parameter that repeats it, as an alternative. */
  readonly parameter?: string;
}

/** The token in the cookie must come again in a header or a parameter, which other sites cannot set or cannot know. */
export function doubleSubmit({ cookie, header, parameter }: DoubleSubmitOptions): CsrfCheck {
  if (header === undefined && parameter === undefined) {
    throw new TypeError("doubleSubmit needs the name of a header or of a parameter");
  }
  return (request, parameters) => {
    const expected = cookieValue(request.headers.get("cookie") ?? "", cookie);
    if (expected === undefined || expected === "") return false;
    const given = [
      header === undefined ? null : request.headers.get(header),
      parameter === undefined ? null : parameters.get(parameter),
    ];
    return given.some((token) => token !== null && equalInConstantTime(expected, decode(token)));
  };
}

/** A header that no form and no other site can send without a preflight, such as `X-Requested-With`. */
export function requireHeader(name: string, value?: string): CsrfCheck {
  return (request) => {
    const given = request.headers.get(name);
    return given !== null && (value === undefined || given === value);
  };
}

/**
 * Only pages of these origins: by `Origin`, or by `Referer` where there is none. For requests that have neither, which
 * do not come from a page, `Sec-Fetch-Site` must not say otherwise.
 */
export function allowedOrigins(origins: Origins): CsrfCheck {
  checkOrigins(origins, "allowedOrigins");
  return (request) => {
    const origin = originOf(request);
    if (origin !== undefined) return origins.includes(origin);
    const site = request.headers.get("sec-fetch-site");
    return site === null || site === "same-origin" || site === "none";
  };
}

/** Double cookies happen when two paths set one; the first is the more specific, by RFC 6265. */
function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) return decode(pair.slice(equals + 1).trim());
  }
  return undefined;
}

/** Frameworks write tokens with `%3D` for `=`, and pages copy them either way. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
