import { z } from "zod";
import { parseRedisUrl } from "../cluster/link/redis-url.ts";
import { parsePostgresUrl } from "../store/postgres-url.ts";
import { urlProblem } from "../webhooks/endpoint.ts";

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

/** Two ways to write 32 bytes; of base64, the last digit of an encoding of 32 bytes is one of sixteen. */
export const masterKey = textLike(
  /^(?:[0-9A-Fa-f]{64}|[A-Za-z0-9+/_-]{42}[AEIMQUYcgkosw048]=?)$/,
  "32 random bytes, as 64 hex digits or as base64",
);

/** What names of channels begin with, or `*` for every channel. */
export const channelPrefix = textLike(
  /^(?:\*|[A-Za-z0-9_=@,.;-]{1,200})$/,
  'the beginning of a channel name such as "private-room-", or "*" for every channel',
);

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

const POSTGRES_URL =
  'an address such as "postgres://user:password@db.example.com:5432/usher?sslmode=verify-full" without other parameters than docs/configuration.md names';

export const postgresUrl = z
  .string({ error: POSTGRES_URL })
  .refine((text) => parsePostgresUrl(text) !== undefined, { error: POSTGRES_URL });

const REDIS_URL =
  'an address such as "redis://user:password@redis.example.com:6379", "redis+sentinel://host:26379,host:26379/mymaster" or "redis+cluster://host:6379,host:6379" without other parameters than docs/configuration.md names';

export const redisUrl = z
  .string({ error: REDIS_URL })
  .refine((text) => parseRedisUrl(text) !== undefined, { error: REDIS_URL });

/** It stands in front of braces and colons, which have a meaning in Redis. */
export const redisPrefix = textLike(
  /^[A-Za-z0-9_.-]{1,64}$/,
  "a text of up to 64 letters, digits and any of _ . -",
);

const ISSUER = 'an https address such as "https://login.example.com"; http for loopback only';

/** Whoever could change what an issuer says on the way could log in as anybody. */
export const oidcIssuer = z.string({ error: ISSUER }).refine(
  (text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, hostname } = new URL(text);
    const isLoopback =
      hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
    return protocol === "https:" || (protocol === "http:" && isLoopback);
  },
  { error: ISSUER },
);

/** An e-mail address, or `@` and a domain for all addresses in it, with the role of new accounts. */
export const allowedAccounts = textLike(
  /^[^\s@=,]*@[^\s@=,]+(=(viewer|operator|owner))?$/,
  'an e-mail address or a domain, with a role: "ada@example.com=owner", "@example.com=viewer"',
);

const WEBHOOK_URL =
  'an http or https address without user and password such as "https://example.com/webhooks"';

export const webhookUrl = z
  .string({ error: WEBHOOK_URL })
  .refine((text) => urlProblem(text) === undefined, { error: WEBHOOK_URL });

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
