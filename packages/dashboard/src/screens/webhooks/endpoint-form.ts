import type { Webhook, WebhookEventType, WebhookFields } from "../../api/webhooks.ts";

/** An endpoint as it stands in the form. */
export interface EndpointForm {
  readonly url: string;
  readonly takesAll: boolean;
  readonly eventTypes: readonly WebhookEventType[];
  readonly channelPrefix: string;
  readonly channelSuffix: string;
  /** Lines of `Name: value`. */
  readonly headers: string;
  /** Without it, an endpoint that is there keeps the headers it has. */
  readonly replacesHeaders: boolean;
  readonly batching: boolean;
}

export function formOf(webhook: Webhook | undefined): EndpointForm {
  return {
    url: webhook?.url ?? "",
    takesAll: !webhook?.event_types,
    eventTypes: webhook?.event_types ?? [],
    channelPrefix: webhook?.channel_prefix ?? "",
    channelSuffix: webhook?.channel_suffix ?? "",
    headers: "",
    replacesHeaders: webhook === undefined || webhook.header_names.length === 0,
    batching: webhook?.batching ?? false,
  };
}

export function fieldsOf(form: EndpointForm): WebhookFields {
  const { url, takesAll, eventTypes, channelPrefix, channelSuffix, replacesHeaders, batching } = form;
  return {
    url: url.trim(),
    event_types: takesAll ? null : eventTypes,
    channel_prefix: channelPrefix.trim(),
    channel_suffix: channelSuffix.trim(),
    batching,
    ...(replacesHeaders && { headers: headersOf(form.headers) ?? {} }),
  };
}

/** Undefined where a line is no header. */
export function headersOf(text: string): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const colon = line.indexOf(":");
    if (colon < 1) return undefined;
    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return headers;
}
