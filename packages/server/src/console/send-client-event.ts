import { type App, channelNameLimit, type Hub, type StandInClientEvent } from "@usher/hub";
import { channelTraits, isClientEventName, parseChannelName, UsherError } from "@usher/protocol";
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
    return parameterInvalid("Expected user_id: on presence channels client events name the member they are from");
  }
  const sent = { channel: name.value, event, data, userId };
  const effect = hub.standInClientEvent(app, sent, nowMs);
  if (!effect.ok) return effect.error;
  const refusal = checkAllowance(app, 1, { hub, nowMs });
  if (refusal) return refusal;
  hub.stateFor(app).meter.add(1, nowMs);
  apply([effect.value]);
  onSent(app, sent, effect.value.receivers);
  return effect.value.receivers;
}
