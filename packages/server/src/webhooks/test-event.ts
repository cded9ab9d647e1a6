import type { WebhookEvent, WebhookEventType } from "./event-types.ts";

const CHANNEL = "usher-webhook-test";

/** An event that never happened, as a receiver would get it. */
export function testEvent(type: WebhookEventType): WebhookEvent {
  switch (type) {
    case "channel_occupied":
    case "channel_vacated":
      return { name: type, channel: CHANNEL };
    case "cache_miss":
      return { name: type, channel: `cache-${CHANNEL}` };
    case "member_added":
    case "member_removed":
      return { name: type, channel: `presence-${CHANNEL}`, user_id: "test" };
    case "client_event":
      return {
        name: type,
        channel: `private-${CHANNEL}`,
        event: "client-test",
        data: "{}",
        socket_id: "1.1",
      };
    case "subscription_count":
      return { name: type, channel: CHANNEL, subscription_count: 1 };
  }
}
