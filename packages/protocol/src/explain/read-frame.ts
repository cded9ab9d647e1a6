import { isJsonObject, type JsonObject, parseJsonObject } from "../json-object.ts";
import type { RefusedSignin, RefusedSubscription } from "./refusal.ts";

/** What a client's frame alone says of a refusal, with everything of the type that it came in. */
export type FrameReading =
  | Pick<RefusedSubscription, "kind" | "channel" | "auth" | "channelData">
  | Pick<RefusedSignin, "kind" | "auth" | "userData">;

/** Reads a `pusher:subscribe` or `pusher:signin` frame; undefined for any other text. */
export function readFrame(text: string): FrameReading | undefined {
  const frame = parseJsonObject(text);
  const data = frame && dataOf(frame);
  if (!data) return undefined;
  if (frame.event === "pusher:signin") return { kind: "user", auth: data.auth, userData: data.user_data };
  if (frame.event !== "pusher:subscribe" || typeof data.channel !== "string") return undefined;
  return { kind: "channel", channel: data.channel, auth: data.auth, channelData: data.channel_data };
}

/** An object, or its JSON text, as some clients send it. */
function dataOf({ data }: JsonObject): JsonObject | undefined {
  if (typeof data === "string") return parseJsonObject(data);
  return isJsonObject(data) ? data : undefined;
}
