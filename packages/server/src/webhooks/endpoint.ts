import type { WebhookEventType } from "./event-types.ts";

/** Where an app's webhooks go, and which of them. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly appId: string;
  /** http or https, without user and password. */
  readonly url: string;
  /** `null` for all, those of later versions included. */
  readonly eventTypes: readonly WebhookEventType[] | null;
  /** Empty for all channels. */
  readonly channelPrefix: string;
  readonly channelSuffix: string;
  /** Sent along; never one that Usher sets itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** Several events in one request? */
  readonly batching: boolean;
  readonly enabled: boolean;
  /** Why Usher disabled it; `null` when a person did, or when it is enabled. */
  readonly disabledReason: string | null;
  /** The one that `webhook_url` describes. */
  readonly isFromConfig: boolean;
  /** ISO 8601, UTC: since when no delivery has succeeded although some were tried. */
  readonly failingSince: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** Does the endpoint get events of this type on this channel? */
export function takes(endpoint: WebhookEndpoint, type: WebhookEventType, channel: string): boolean {
  const { enabled, eventTypes, channelPrefix, channelSuffix } = endpoint;
  return (
    enabled &&
    (eventTypes === null || eventTypes.includes(type)) &&
    channel.startsWith(channelPrefix) &&
    channel.endsWith(channelSuffix)
  );
}

/** Headers that Usher sets, or that would change what a request is; in lower case. */
const OWN_HEADERS: readonly string[] = [
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
];

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
// What fetch takes: visible characters and blanks, no line breaks.
const HEADER_VALUE = /^[\t\x20-\x7e]{0,2000}$/;
const MOST_HEADERS = 20;

/** What is wrong with an endpoint's own headers; undefined when nothing is. */
export function headersProblem(headers: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(headers);
  if (entries.length > MOST_HEADERS) return `there are more than ${MOST_HEADERS}`;
  for (const [name, value] of entries) {
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name)) return `${JSON.stringify(name)} is no header name`;
    if (OWN_HEADERS.includes(lower) || /^(x-pusher-|x-usher-|proxy-)/.test(lower)) {
      return `${name} is set by Usher itself`;
    }
    if (!HEADER_VALUE.test(value)) return `the value of ${name} is not plain text of up to 2,000 characters`;
  }
  return undefined;
}

/** What is wrong with an endpoint's address, whatever it resolves to; undefined when nothing is. */
export function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text) || text.length > 2_000) return "it is not an http or https address";
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return "it is not an http or https address";
  if (url.username || url.password) return "user and password do not belong in it; use a header";
  return undefined;
}
