import { type App, type Hub, TokenBucket, type TriggeredEvent } from "@usher/hub";
import { type ChannelName, channelTraits, isJsonObject, type JsonObject, UsherError } from "@usher/protocol";
import type { ApplyEffects } from "../../apply-effects.ts";
import { answerFromView, type ChannelView } from "../../cluster/channel-view.ts";
import type { ClusterReads } from "../../cluster/cluster-reads.ts";
import { type Answer, answerJson, EMPTY_ANSWER, parameterInvalid } from "./answer.ts";
import { Parameters } from "./api-request.ts";
import {
  type EventRequest,
  type InfoAttribute,
  parseData,
  parseEvent,
  parseName,
} from "./event-parameters.ts";

export interface TriggerContext {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly nowMs: number;
  /** Told of each event that was sent. */
  readonly onTriggered: (app: App, event: TriggeredEvent) => void;
  /** What the other nodes have on channels that are asked about; undefined where there are none. */
  readonly reads: ClusterReads | undefined;
}

/** `POST /apps/{id}/events`. A refusal comes at once, and so does the effect. */
export function triggerEvent(
  app: App,
  parameters: Parameters,
  context: TriggerContext,
): Answer | Promise<Answer> {
  const request = parseEvent(parameters, app.settings);
  if (!request.ok) return request.error;
  const refusal = checkAllowance(app, 1, context);
  if (refusal) return refusal;
  sendEvents(app, [request.value], context);
  const { event, info } = request.value;
  if (info.length === 0) return EMPTY_ANSWER;
  // The hosted service counts the question as a message of its own.
  context.hub.stateFor(app).meter.add(1, context.nowMs);
  const { channels } = event;
  return answerFromView(app.id, { channels, isCacheWanted: false }, context, (view) =>
    answerJson({
      channels: Object.fromEntries(channels.map((name) => [name, countsOf(app, name, info, view)])),
    }),
  );
}

/** `POST /apps/{id}/batch_events`: all of them or none. A refusal comes at once, and so does the effect. */
export function triggerBatch(
  app: App,
  parameters: Parameters,
  context: TriggerContext,
): Answer | Promise<Answer> {
  const batch = parameters.get("batch");
  if (!Array.isArray(batch) || batch.length === 0) {
    return parameterInvalid("Expected batch parameter to be a list of one or more events");
  }
  if (batch.length > app.settings.batchSize) {
    return parameterInvalid(`Batch too large: at most ${app.settings.batchSize} events at once`);
  }
  const requests: EventRequest[] = [];
  for (const item of batch as unknown[]) {
    if (!isJsonObject(item)) return parameterInvalid("Expected each event of the batch to be an object");
    const request = parseEvent(new Parameters(item, []), app.settings);
    if (!request.ok) return request.error;
    if (request.value.event.channels.length !== 1) {
      return parameterInvalid("Expected each event of the batch to have one channel");
    }
    requests.push(request.value);
  }
  const refusal = checkAllowance(app, requests.length, context);
  if (refusal) return refusal;
  sendEvents(app, requests, context);
  const channels = requests.flatMap(({ event, info }) => (info.length === 0 ? [] : event.channels));
  if (channels.length === 0) return EMPTY_ANSWER;
  return answerFromView(app.id, { channels, isCacheWanted: false }, context, (view) =>
    answerJson({
      batch: requests.map(({ event, info }) => countsOf(app, event.channels[0], info, view)),
    }),
  );
}

/** `POST /apps/{id}/channels/{name}/events`, deprecated: the body is the data, all else is in the query. */
export function triggerOnChannel(
  app: App,
  channel: string,
  query: Parameters,
  data: string,
  context: TriggerContext,
): Answer {
  const name = parseName(query.get("name"), app.settings);
  if (!name.ok) return name.error;
  const checked = parseData(data, app.settings);
  if (!checked.ok) return checked.error;
  const fields = { name: name.value, data, channel, socket_id: query.get("socket_id") ?? null };
  const request = parseEvent(new Parameters(fields, []), app.settings);
  if (!request.ok) return request.error;
  const refusal = checkAllowance(app, 1, context);
  if (refusal) return refusal;
  sendEvents(app, [request.value], context);
  return { status: 202, json: "{}" };
}

function sendEvents(
  app: App,
  requests: readonly EventRequest[],
  { hub, apply, nowMs, onTriggered }: TriggerContext,
): void {
  for (const { event } of requests) {
    apply(hub.trigger(app, event, nowMs));
    onTriggered(app, event);
  }
}

/** Rate and quota come last: a request that is refused for another reason costs neither. */
export function checkAllowance(
  app: App,
  events: number,
  { hub, nowMs }: Pick<TriggerContext, "hub" | "nowMs">,
): UsherError | undefined {
  const { messageQuota, serverEventRate } = app.settings;
  if (messageQuota === null && serverEventRate === null) return undefined;
  const state = hub.stateFor(app);
  if (messageQuota !== null && state.meter.today(nowMs) + events > messageQuota) {
    return new UsherError("message_quota_reached", { quota: messageQuota });
  }
  if (serverEventRate === null) return undefined;
  state.serverEventBucket ??= new TokenBucket(serverEventRate, nowMs);
  if (state.serverEventBucket.take(serverEventRate, events, nowMs)) return undefined;
  return new UsherError("http_rate_exceeded", {
    limit: serverEventRate,
    what: "events",
    setting: "server_event_rate",
  });
}

/** Attributes that do not apply to a channel are left out. */
function countsOf(
  app: App,
  name: ChannelName | undefined,
  info: readonly InfoAttribute[],
  view: ChannelView,
): JsonObject {
  if (name === undefined || info.length === 0) return {};
  const { userCount, subscriptionCount } = view.info(name);
  const { isPresence } = channelTraits(name);
  return {
    ...(info.includes("user_count") && isPresence ? { user_count: userCount } : {}),
    ...(info.includes("subscription_count") && !isPresence && app.settings.subscriptionCounting
      ? { subscription_count: subscriptionCount }
      : {}),
  };
}
