import type { App, Note } from "@usher/hub";
import type { EntryContent } from "./console-entry.ts";
import { visibleData } from "./visible-data.ts";

/** What the console shows of a note of the hub; undefined for what it hears of in another way. */
export function entryOfNote(app: App, note: Note): EntryContent | undefined {
  switch (note.kind) {
    case "subscribed":
      return {
        type: "subscribed",
        channel: note.channel,
        ...who(note.connection),
        ...(note.secretId !== undefined && { secretId: note.secretId }),
      };
    case "unsubscribed":
      return { type: "unsubscribed", channel: note.channel, socketId: note.connection.socketId };
    case "signedIn":
      return { type: "signed_in", ...who(note.connection), userId: note.userId, secretId: note.secretId };
    case "clientEvent": {
      const data = visibleData(app, note.channel, note.data);
      return {
        type: "client_event",
        channel: note.channel,
        event: note.event,
        ...who(note.connection),
        size: note.data.length,
        ...(data !== undefined && { data }),
      };
    }
    case "grantsEnded":
      return { type: "grants_ended", socketId: note.connection.socketId, code: note.cause };
    case "occupied":
    case "vacated":
      return { type: note.kind, channel: note.channel };
    case "memberAdded":
      return { type: "member_added", channel: note.channel, userId: note.userId };
    case "memberRemoved":
      return { type: "member_removed", channel: note.channel, userId: note.userId };
    case "cacheMiss":
      return { type: "cache_miss", channel: note.channel };
    default:
      // Refusals come with their explanation, a moment later.
      return undefined;
  }
}

type Someone = Extract<Note, { kind: "subscribed" }>["connection"];

function who({ socketId, info, user }: Someone) {
  return { socketId, client: info.client, ...(user && { userId: user.id }) };
}
