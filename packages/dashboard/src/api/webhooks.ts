import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type {
  DeliveryAnswer,
  DeliveryDetailAnswer,
  WebhookAnswer,
  WebhookAttemptAnswer,
  WebhookStatusAnswer,
  WebhookTestAnswer,
} from "@usher/server/admin-types";
import { appPath, type Items, type PageOf } from "./apps.ts";
import { every } from "./every.ts";
import { queryString, request } from "./request.ts";

export type WebhookAttempt = WebhookAttemptAnswer;

export type Webhook = WebhookStatusAnswer;

export type WebhookEventType = NonNullable<Webhook["event_types"]>[number];

export const WEBHOOK_EVENT_TYPES = every<WebhookEventType>({
  channel_occupied: true,
  channel_vacated: true,
  member_added: true,
  member_removed: true,
  client_event: true,
  cache_miss: true,
  subscription_count: true,
});

export interface WebhookFields {
  readonly url: string;
  readonly event_types: readonly WebhookEventType[] | null;
  readonly channel_prefix: string;
  readonly channel_suffix: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly batching: boolean;
}

export type DeliveryState = Delivery["state"];

export interface Delivery extends DeliveryAnswer {
  readonly event: {
    readonly name: string;
    readonly channel: string;
    readonly [field: string]: unknown;
  };
}

export type DeliveryDetail = Delivery & DeliveryDetailAnswer;

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
    request<WebhookAnswer>("POST", appPath(appId, "/webhooks"), fields),
  );
}

export function useUpdateWebhook(appId: string, id: string) {
  return useWebhookChange(appId, (changes: Partial<WebhookFields> & { readonly enabled?: boolean }) =>
    request<WebhookAnswer>("PATCH", webhookPath(appId, id), changes),
  );
}

export function useDeleteWebhook(appId: string, id: string) {
  return useWebhookChange(appId, (_: undefined) => request("DELETE", webhookPath(appId, id)));
}

/** Sends a test event at once; the answer says what came back. */
export function useTestWebhook(appId: string, id: string) {
  return useMutation({
    mutationFn: (eventType: WebhookEventType) =>
      request<WebhookTestAnswer>("POST", `${webhookPath(appId, id)}/test`, { event_type: eventType }),
  });
}

export function useReplayDelivery(appId: string, id: string) {
  return useWebhookChange(appId, (deliveryId: string) =>
    request<Delivery>("POST", `${deliveryPath(appId, id, deliveryId)}/replay`),
  );
}

export function useReplay(appId: string, id: string) {
  return useWebhookChange(appId, (selection: ReplaySelection) =>
    request<{ readonly replayed: number }>("POST", `${webhookPath(appId, id)}/replay`, selection),
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
