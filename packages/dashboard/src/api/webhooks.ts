import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { appPath, type Items, type PageOf } from "./apps.ts";
import { queryString, request } from "./request.ts";

export const WEBHOOK_EVENT_TYPES = [
  "channel_occupied",
  "channel_vacated",
  "member_added",
  "member_removed",
  "client_event",
  "cache_miss",
  "subscription_count",
] as const;

export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

export interface WebhookAttempt {
  readonly at: string;
  /** Null when no answer came. */
  readonly status: number | null;
  /** A code; null when it was taken. */
  readonly error: string | null;
  readonly duration_ms: number;
  /** How the answer begins, or what the failure says of itself. */
  readonly response: string | null;
  readonly next_try_at: string | null;
}

export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Null for all. */
  readonly event_types: readonly WebhookEventType[] | null;
  readonly channel_prefix: string;
  readonly channel_suffix: string;
  readonly header_names: readonly string[];
  readonly batching: boolean;
  readonly enabled: boolean;
  /** Why Usher disabled it. */
  readonly disabled_reason: string | null;
  readonly failing_since: string | null;
  readonly from_config: boolean;
  readonly created_at: string;
  readonly owed: number;
  readonly dead: number;
  readonly last_attempt: WebhookAttempt | null;
}

export interface WebhookFields {
  readonly url: string;
  readonly event_types: readonly WebhookEventType[] | null;
  readonly channel_prefix: string;
  readonly channel_suffix: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly batching: boolean;
}

export type DeliveryState = "owed" | "delivered" | "dead" | "replayed";

export interface Delivery {
  readonly id: string;
  readonly event_id: string;
  readonly state: DeliveryState;
  readonly event: {
    readonly name: string;
    readonly channel: string;
    readonly [field: string]: unknown;
  };
  readonly created_at: string;
  readonly attempts: number;
  readonly next_try_at: string | null;
  readonly finished_at: string | null;
}

export interface DeliveryDetail extends Delivery {
  /** The first first. */
  readonly log: readonly WebhookAttempt[];
}

export interface DeliveriesFilter {
  readonly state: DeliveryState | undefined;
  readonly channel: string;
}

/** What to send again. */
export interface ReplaySelection {
  readonly dead?: true;
  readonly from?: string;
  readonly to?: string;
}

const LIVE_MS = 3_000;

export function useWebhooks(appId: string) {
  return useQuery({
    queryKey: webhooksKey(appId),
    queryFn: () => request<Pick<Items<Webhook>, "items">>("GET", appPath(appId, "/webhooks")),
    refetchInterval: LIVE_MS,
  });
}

export function useWebhook(appId: string, id: string) {
  return useQuery({
    queryKey: [...webhooksKey(appId), id],
    queryFn: () => request<Webhook>("GET", webhookPath(appId, id)),
    refetchInterval: LIVE_MS,
  });
}

export function useDeliveries(
  appId: string,
  id: string,
  filter: DeliveriesFilter,
  { cursor, limit }: PageOf,
) {
  const query = { state: filter.state, channel: filter.channel, cursor, limit };
  return useQuery({
    queryKey: [...webhooksKey(appId), id, "deliveries", query],
    queryFn: () =>
      request<Items<Delivery>>("GET", `${webhookPath(appId, id)}/deliveries${queryString(query)}`),
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
  });
}

export function useDelivery(appId: string, id: string, deliveryId: string) {
  return useQuery({
    queryKey: [...webhooksKey(appId), id, "deliveries", deliveryId],
    queryFn: () => request<DeliveryDetail>("GET", deliveryPath(appId, id, deliveryId)),
    refetchInterval: LIVE_MS,
  });
}

export function useCreateWebhook(appId: string) {
  return useWebhookChange(appId, (fields: WebhookFields) =>
    request<Webhook>("POST", appPath(appId, "/webhooks"), fields),
  );
}

export function useUpdateWebhook(appId: string, id: string) {
  return useWebhookChange(appId, (changes: Partial<WebhookFields> & { readonly enabled?: boolean }) =>
    request<Webhook>("PATCH", webhookPath(appId, id), changes),
  );
}

export function useDeleteWebhook(appId: string, id: string) {
  return useWebhookChange(appId, (_: undefined) => request("DELETE", webhookPath(appId, id)));
}

/** Sends a test event at once; the answer says what came back. */
export function useTestWebhook(appId: string, id: string) {
  return useMutation({
    mutationFn: (eventType: WebhookEventType) =>
      request<Pick<WebhookAttempt, "status" | "error" | "response" | "duration_ms">>(
        "POST",
        `${webhookPath(appId, id)}/test`,
        { event_type: eventType },
      ),
  });
}

export function useReplayDelivery(appId: string, id: string) {
  return useWebhookChange(appId, (deliveryId: string) =>
    request<Delivery>("POST", `${deliveryPath(appId, id, deliveryId)}/replay`),
  );
}

export function useReplay(appId: string, id: string) {
  return useWebhookChange(appId, (selection: ReplaySelection) =>
    request<{ readonly replayed: number; readonly more: boolean }>(
      "POST",
      `${webhookPath(appId, id)}/replay`,
      selection,
    ),
  );
}

function useWebhookChange<Input, Answer>(appId: string, change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: webhooksKey(appId) }),
  });
}

function webhooksKey(appId: string): readonly string[] {
  return ["apps", appId, "webhooks"];
}

function webhookPath(appId: string, id: string): string {
  return appPath(appId, `/webhooks/${encodeURIComponent(id)}`);
}

function deliveryPath(appId: string, id: string, deliveryId: string): string {
  return `${webhookPath(appId, id)}/deliveries/${encodeURIComponent(deliveryId)}`;
}
