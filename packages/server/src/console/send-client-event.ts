import {
  type App,
  channelInfo,
  channelNameLimit,
  clientEventProblem,
  type Hub,
  type StandInClientEvent,
} from "@usher/hub";
import { channelTraits, isClientEventName, parseChannelName, type UsherError } from "@usher/protocol";
import type { ApplyEffects } from "../apply-effects.ts";
import { parameterInvalid } from "../edges/http-api/answer.ts";
import { checkAllowance } from "../edges/http-api/trigger-events.ts";

/** A client event as an operator writes it. */
export interface ClientEventRequest {
  readonly channel: string;
  readonly event: string;
  readonly data: string;
  readonly userId: string | undefined;
}

export interface SendClientEventContext {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly nowMs: number;
  /** Told of each one that was sent. */
  readonly onSent: (app: App, event: StandInClientEvent, receivers: number) => void;
}

/**
 * Sends a client event as if a connection of some user had, with the same checks; it counts as an event of the app's server.
 *
 * @returns how many connections it went to, or the refusal.
 */
export function sendClientEvent(
  app: App,
  { channel, event, data, userId }: ClientEventRequest,
  { hub, apply, nowMs, onSent }: SendClientEventContext,
): number | UsherError {
  if (!isClientEventName(event)) return parameterInvalid("Expected event to begin with client-");
  const name = parseChannelName(channel, channelNameLimit(app.settings));
  if (!name.ok) return name.error;
  // Clients may rely on it: no event of a member comes without one.
  if (channelTraits(name.value).isPresence && userId === undefined) {
    return parameterInvalid(
      "Expected user_id: on presence channels client events name the member they are from",
    );
  }
  const sent = { channel: name.value, event, data, userId };
  // Rate and quota come last: an event that is refused for another reason costs neither.
  const refusal = clientEventProblem(app.settings, sent) ?? checkAllowance(app, 1, { hub, nowMs });
  if (refusal) return refusal;
  hub.stateFor(app).meter.add(1, nowMs);
  const { subscriptionCount: receivers } = channelInfo(hub.stateOf(app.id), name.value);
  apply(hub.standInClientEvent(app, sent, nowMs));
  onSent(app, sent, receivers);
  return receivers;
}
