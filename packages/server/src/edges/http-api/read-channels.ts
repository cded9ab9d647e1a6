import { type App, channelNameLimit } from "@usher/hub";
import { type ChannelName, channelTraits, type JsonObject, parseChannelName } from "@usher/protocol";
import type { ChannelView } from "../../cluster/channel-view.ts";
import { type Answer, answerJson, parameterInvalid } from "./answer.ts";
import type { Parameters } from "./api-request.ts";
import { INFO_ATTRIBUTES, parseInfo } from "./event-parameters.ts";

/** `GET /apps/{id}/channels`: the occupied channels. */
export function listChannels(app: App, query: Parameters, view: ChannelView): Answer {
  const prefix = query.get("filter_by_prefix") ?? "";
  if (typeof prefix !== "string")
    return parameterInvalid("Expected filter_by_prefix parameter to be a string");
  const info = parseInfo(query.get("info"), ["user_count", "subscription_count"]);
  if (!info.ok) return info.error;
  const wantsUsers = info.value.includes("user_count");
  const wantsSubscriptions = info.value.includes("subscription_count");
  if (wantsUsers && !prefix.startsWith("presence-")) {
    return parameterInvalid(
      "The attribute user_count needs filter_by_prefix=presence- : only presence channels have users",
    );
  }
  if (wantsSubscriptions && !app.settings.subscriptionCounting) return countingOff();

  const entries: string[] = [];
  for (const [name, channel] of view.occupied(prefix)) {
    const counts = {
      ...(wantsUsers ? { user_count: channel.userCount } : {}),
      ...(wantsSubscriptions && !channelTraits(name).isPresence
        ? { subscription_count: channel.subscriptionCount }
        : {}),
    };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(counts)}`);
  }
  // Built as text: an object would lose a channel named __proto__, and an empty list must read as {}, never as [].
  return { status: 200, json: `{"channels":{${entries.join(",")}}}` };
}

/** `GET /apps/{id}/channels/{name}` */
export function showChannel(
  app: App,
  rawName: string,
  query: Parameters,
  view: ChannelView,
  nowMs: number,
): Answer {
  const name = parseChannelName(rawName, channelNameLimit(app.settings));
  if (!name.ok) return name.error;
  const info = parseInfo(query.get("info"), INFO_ATTRIBUTES);
  if (!info.ok) return info.error;
  const traits = channelTraits(name.value);
  const channel = view.info(name.value);
  const answer: Record<string, unknown> = { occupied: channel.isOccupied };
  for (const attribute of info.value) {
    if (attribute === "user_count") {
      if (!traits.isPresence) return doesNotApply(attribute, "presence channels");
      answer.user_count = channel.userCount;
    } else if (attribute === "subscription_count") {
      if (traits.isPresence) return doesNotApply(attribute, "channels other than presence channels");
      if (!app.settings.subscriptionCounting) return countingOff();
      answer.subscription_count = channel.subscriptionCount;
    } else {
      if (!traits.isCache) return doesNotApply(attribute, "cache channels");
      const cached = view.cached(name.value);
      answer.cache = cached
        ? { data: cached.message.data, ttl: Math.max(0, Math.ceil((cached.expiresAtMs - nowMs) / 1000)) }
        : null;
    }
  }
  return answerJson(answer);
}

/** `GET /apps/{id}/channels/{name}/users` */
export function listUsers(app: App, rawName: string, view: ChannelView): Answer {
  const name = parseChannelName(rawName, channelNameLimit(app.settings));
  if (!name.ok) return name.error;
  if (!channelTraits(name.value).isPresence) {
    return parameterInvalid("Users can only be retrieved for presence channels");
  }
  return answerJson({ users: view.userIds(name.value).map((id) => ({ id })) });
}

/** `GET /apps/{id}/channels/{name}/stats`, deprecated. */
export function showStats(app: App, rawName: string, view: ChannelView): Answer {
  const name = parseChannelName(rawName, channelNameLimit(app.settings));
  if (!name.ok) return name.error;
  return answerJson(statsOf(name.value, view));
}

function statsOf(name: ChannelName, view: ChannelView): JsonObject {
  const channel = view.info(name);
  return {
    occupied: channel.isOccupied,
    user_count: channel.userCount,
    connection_count: channel.subscriptionCount,
  };
}

function doesNotApply(attribute: string, where: string): Answer {
  return parameterInvalid(`The attribute ${attribute} applies to ${where} only`);
}

function countingOff(): Answer {
  return parameterInvalid(
    "The attribute subscription_count needs subscription_counting to be on in the app's settings",
  );
}
