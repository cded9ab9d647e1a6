import { z } from "zod";

// Schemas whose error is what they expect, as a noun; value-problems.ts makes sentences of it.

export const onOff = z.boolean({ error: "true or false" });

/** @param alternative what else the key takes, for the error: "null for unlimited". */
export function whole(min: number, max: number, alternative?: string) {
  const error = `a whole number from ${min} to ${max}${alternative ? `, or ${alternative}` : ""}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(", ")}` });
}

/** @param expected what a matching text is, with an example. */
export function textLike(pattern: RegExp, expected: string) {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

export const nonEmptyText = textLike(/./s, "a non-empty text");

export const hostName = textLike(/^[^\s/]+$/, 'a host name or IP address such as "127.0.0.1"');

/** The id or key of an app. Both stand in addresses, and a key stands before a colon in signatures. */
export const appName = textLike(
  /^[^\s/:?#%&\p{Cc}]{1,200}$/u,
  "a text of up to 200 characters without spaces or any of / : ? # % &",
);

const HTTP_URL = 'an http or https address such as "https://ws.example.com"';

export const httpUrl = z
  .string({ error: HTTP_URL })
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), { error: HTTP_URL });

/** What a browser sends as `Origin`, never with a path: `https://example.com`, `capacitor://localhost`. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

export const originOrStar = originLike(
  (text) => ORIGIN.test(text),
  'an origin such as "https://example.com", or "*"',
);

/** An origin, `https://*.example.com` for all names below one, or `*` for every origin. */
export const originPattern = originLike(
  (text) => ORIGIN.test(text.replace("://*.", "://")),
  'an origin such as "https://example.com" or "https://*.example.com"',
);

function originLike(isOrigin: (text: string) => boolean, expected: string) {
  return z.string({ error: expected }).refine((text) => text === "*" || isOrigin(text), { error: expected });
}

export function isAppName(text: string): boolean {
  return appName.safeParse(text).success;
}
