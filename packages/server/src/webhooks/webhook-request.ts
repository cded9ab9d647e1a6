import type { HmacHex } from "@usher/protocol";
import { VERSION } from "../version.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import type { HeldEvent } from "./endpoint-queue.ts";
import type { PostRequest } from "./guarded-fetch.ts";

/** What signs an app's webhooks right now. */
export interface Signer {
  /** The app's oldest key. */
  readonly key: string;
  readonly secret: string;
  /** The secret that the key is being given; its signature goes along in a second header. */
  readonly nextSecret: string | undefined;
}

const USER_AGENT = `Usher/${VERSION}`;

/** The request that carries events to an endpoint, signed as of now. The signature covers the very bytes of the body. */
export function webhookRequest(
  endpoint: Pick<WebhookEndpoint, "url" | "headers">,
  batchId: string,
  events: readonly Pick<HeldEvent, "eventId" | "body" | "createdAtMs">[],
  { key, secret, nextSecret }: Signer,
  hmacHex: HmacHex,
): PostRequest {
  const body = bodyOf(events);
  return {
    url: endpoint.url,
    headers: {
      ...endpoint.headers,
      // Exactly so: two official libraries compare it whole.
      "Content-Type": "application/json",
      "User-Agent": USER_AGENT,
      "X-Pusher-Key": key,
      "X-Pusher-Signature": hmacHex(secret, body),
      ...(nextSecret === undefined ? {} : { "X-Pusher-Signature-Next": hmacHex(nextSecret, body) }),
      "X-Usher-Delivery-Id": batchId,
      "X-Usher-Event-Id": events.map(({ eventId }) => eventId).join(","),
    },
    body,
  };
}

/** The time is that of the newest event, and stays when the request is made again: some receivers refuse what is old. */
function bodyOf(events: readonly Pick<HeldEvent, "body" | "createdAtMs">[]): string {
  const timeMs = Math.max(...events.map(({ createdAtMs }) => createdAtMs));
  return `{"time_ms":${timeMs},"events":[${events.map(({ body }) => body).join(",")}]}`;
}
