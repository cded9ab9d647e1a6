import type { ConsoleEntry } from "../../api/console.ts";
import type { EventToSend } from "../../api/events.ts";

/** What stands for data that was not shown. */
const UNSEEN_DATA = "{}";

/** The event that an entry tells of, to be sent again; undefined for what is no event. */
export function eventOfEntry({
  type,
  channel,
  event,
  data = UNSEEN_DATA,
  user_id: userId,
}: ConsoleEntry): EventToSend | undefined {
  if (channel === undefined || event === undefined) return undefined;
  switch (type) {
    case "api_event":
      return { kind: "api", channels: [channel], event, data, exceptSocketId: undefined, wantsCounts: false };
    case "client_event":
      return { kind: "client", channel, event, data, userId };
    default:
      return undefined;
  }
}
