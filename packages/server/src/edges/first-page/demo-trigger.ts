import type { App, Effect, Hub } from "@usher/hub";
import { UsherError } from "@usher/protocol";
import type { ApplyEffects } from "../../apply-effects.ts";
import { answerJson, toResponse } from "../http-api/answer.ts";
import { Parameters } from "../http-api/api-request.ts";
import { parseEvent } from "../http-api/event-parameters.ts";

export interface TriggerOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly now: () => number;
}

const CHANNELS: readonly string[] = ["demo", "private-demo", "presence-demo"];

/** `POST /first-page/trigger`: one event as an app's server would trigger it, on a channel of the page. */
export function triggerDemoEvent(app: App, form: URLSearchParams, options: TriggerOptions): Response {
  const channel = form.get("channel") ?? "";
  if (!CHANNELS.includes(channel)) {
    return refuse(
      new UsherError("http_parameter_invalid", { problem: `channel must be one of ${CHANNELS.join(", ")}` }),
    );
  }
  const parameters = new Parameters({ channel, name: form.get("name"), data: form.get("data") }, []);
  const request = parseEvent(parameters, app.settings);
  if (!request.ok) return refuse(request.error);
  const effects = options.hub.trigger(app, request.value.event, options.now());
  options.apply(effects);
  return toResponse(answerJson({ receivers: receiversOf(effects) }), JSON_TYPE);
}

const JSON_TYPE = "application/json";

function refuse(error: UsherError): Response {
  return toResponse(error, JSON_TYPE);
}

function receiversOf(effects: readonly Effect[]): number {
  return effects.reduce((sum, effect) => sum + (effect.kind === "publish" ? effect.receivers : 0), 0);
}
