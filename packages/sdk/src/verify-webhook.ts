import { parseJsonObject } from "@usher/protocol";
import { readBounded } from "./read-bounded.ts";
import type { Token } from "./token.ts";
import {
  anyVerifies,
  headerOf,
  isJsonContentType,
  type KeyAndSecret,
  signaturesOf,
  toTokens,
} from "./webhook.ts";
import { WebHookError, type WebhookErrorCode } from "./webhook-error.ts";
import { parseWebhookEvent, type WebhookEvent } from "./webhook-events.ts";

export interface VerifyWebhookOptions {
  /** Further apps, or further secrets of this one, whose webhooks are taken. */
  readonly tokens?: KeyAndSecret | readonly KeyAndSecret[] | undefined;
  /**
   * Refuses webhooks that were made longer ago than this, in milliseconds, or that far in the future. Not checked unless
   * given: a server may send a webhook again for minutes, and a late one is better than none. To be safe against
   * repetition, make what a webhook does idempotent.
   */
  readonly maxAgeMs?: number | undefined;
  /** Default 1 MiB. */
  readonly maxBytes?: number | undefined;
}

/** A webhook that was signed by a known app. */
export interface VerifiedWebhook {
  /** The key of the app that sent it. */
  readonly key: string;
  /** When it was made. */
  readonly time: Date;
  readonly events: readonly WebhookEvent[];
  /**
   * One for each of `events`, the same whenever an event comes again: for leaving out what was done before. Undefined where
   * the server sends none. Not signed, so no proof of anything.
   */
  readonly eventIds: readonly (string | undefined)[];
  /** Entries of kinds that are not known here. */
  readonly otherEvents: readonly unknown[];
}

/**
 * Reads a request and believes it only when its signature is right. Nothing is read for a key that is not known, and
 * nothing is parsed before the signature was checked.
 *
 * @throws WebHookError, which an endpoint answers with a 401.
 */
export async function verifyWebhook(
  token: Token,
  request: Request,
  options: VerifyWebhookOptions,
  nowMs: number,
): Promise<VerifiedWebhook> {
  const contentType = headerOf(request.headers, "content-type");
  const signature = headerOf(request.headers, "x-pusher-signature");
  const key = headerOf(request.headers, "x-pusher-key");
  let body: string | undefined;
  const refusal = (code: WebhookErrorCode, message: string): WebHookError =>
    new WebHookError(code, message, { contentType, body, signature });

  if (!isJsonContentType(contentType)) {
    throw refusal("content_type_invalid", "A webhook has the content type application/json");
  }
  const tokens = [token, ...toTokens(options.tokens ?? [])].filter((candidate) => candidate.key === key);
  if (key === undefined || tokens.length === 0) throw refusal("key_unknown", "No app here has this key");
  const signatures = signaturesOf(request.headers);
  if (signatures.length === 0) throw refusal("signature_invalid", "The webhook is not signed");

  const bytes = await readBounded(request, options.maxBytes ?? 1024 * 1024);
  if (!bytes) throw refusal("body_too_large", "The webhook is larger than maxBytes");
  body = new TextDecoder().decode(bytes);
  if (!(await anyVerifies(tokens, bytes, signatures))) {
    throw refusal(
      "signature_invalid",
      "The webhook's signature is not that of its body and this app's secret",
    );
  }

  const data = parseJsonObject(body);
  if (typeof data?.time_ms !== "number" || !Array.isArray(data.events)) {
    throw refusal("body_invalid", "A webhook is a JSON object with time_ms and events");
  }
  if (Math.abs(nowMs - data.time_ms) > (options.maxAgeMs ?? Number.POSITIVE_INFINITY)) {
    throw refusal("too_old", "The webhook is older than maxAgeMs, or the clocks differ");
  }
  const ids = headerOf(request.headers, "x-usher-event-id")?.split(",") ?? [];
  return { key, time: new Date(data.time_ms), ...sortEvents(data.events, ids) };
}

function sortEvents(
  entries: readonly unknown[],
  ids: readonly string[],
): Pick<VerifiedWebhook, "events" | "eventIds" | "otherEvents"> {
  const events: WebhookEvent[] = [];
  const eventIds: (string | undefined)[] = [];
  const otherEvents: unknown[] = [];
  for (const [index, entry] of entries.entries()) {
    const event = parseWebhookEvent(entry);
    if (!event) {
      otherEvents.push(entry);
      continue;
    }
    events.push(event);
    eventIds.push(ids[index]);
  }
  return { events, eventIds, otherEvents };
}
