import type { App } from "@usher/hub";
import type { Result } from "@usher/protocol";
import type { ViewContext } from "../../cluster/channel-view.ts";
import {
  DEFAULT_HISTORY_LIMIT,
  type HistoryJson,
  MOST_HISTORY_LIMIT,
  readHistory,
} from "../../history/read-history.ts";
import { type Answer, answerJson, parameterInvalid } from "./answer.ts";
import type { Parameters } from "./api-request.ts";

/** `GET /apps/{id}/channels/{name}/events`: the last events of a channel that keeps them. */
export function listEvents(
  app: App,
  rawName: string,
  query: Parameters,
  context: ViewContext,
): Answer | Promise<Answer> {
  const limit = wholeNumber(query.get("limit") ?? DEFAULT_HISTORY_LIMIT);
  if (limit === undefined || limit < 1 || limit > MOST_HISTORY_LIMIT) {
    return parameterInvalid(`Expected limit parameter to be a whole number from 1 to ${MOST_HISTORY_LIMIT}`);
  }
  const after = wholeNumber(query.get("after") ?? 0);
  if (after === undefined) {
    return parameterInvalid("Expected after parameter to be the serial of an event, a whole number");
  }
  const history = readHistory(app, rawName, { after, limit }, context);
  return history instanceof Promise ? history.then(answerWith) : answerWith(history);
}

function answerWith(history: Result<HistoryJson>): Answer {
  return history.ok ? answerJson(history.value) : history.error;
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}
