import type { App, Connection, Hub, TriggeredEvent } from "@usher/hub";
import { channelInfo } from "@usher/hub";
import type { EngineHandlers } from "../edges/engine.ts";
import type { NoteListener } from "../notes.ts";
import type { RecentRefusal } from "../refusals/recent-refusals.ts";
import type { Console } from "./console.ts";
import { entryOfNote } from "./entry-of-note.ts";
import { visibleData } from "./visible-data.ts";

/** Tells the console what the hub notes. */
export function noteWatcher(console: Console): NoteListener {
  return (app, note) => {
    if (!console.isWatched(app.id)) return;
    const entry = entryOfNote(app, note);
    if (entry) console.add(app.id, entry);
  };
}

/** Tells the console of refusals, once they are explained. */
export function refusalWatcher(console: Console): (app: App, refusal: RecentRefusal) => void {
  return (
    { id: appId },
    { id, operation, code, reason, explanation, channel, socketId, client, address },
  ) => {
    if (!console.isWatched(appId)) return;
    console.add(appId, {
      type: "refused",
      event: operation,
      code: explanation?.cause ?? code,
      message: explanation?.message ?? reason,
      refusalId: id,
      ...(channel !== undefined && { channel }),
      ...(socketId !== undefined && { socketId }),
      ...(client !== undefined && { client }),
      ...(address !== null && { address }),
    });
  };
}

/** Tells the console of events that an app's server sends, one entry for each channel. */
export function triggerWatcher(console: Console, hub: Hub): (app: App, event: TriggeredEvent) => void {
  return (app, { event, channels, data, exceptSocketId }) => {
    if (!console.isWatched(app.id)) return;
    for (const channel of channels) {
      const { subscriptionCount } = channelInfo(hub.stateOf(app.id), channel);
      const shown = visibleData(app, channel, data);
      console.add(app.id, {
        type: "api_event",
        channel,
        event,
        receivers: subscriptionCount,
        size: data.length,
        ...(shown !== undefined && { data: shown }),
        ...(exceptSocketId !== undefined && { message: `without ${exceptSocketId}` }),
      });
    }
  };
}

type SocketEdge = Omit<EngineHandlers, "request" | "failed">;

/** Tells the console of connections that come and go. */
export function watchSockets(edge: SocketEdge, console: Console): SocketEdge {
  return {
    ...edge,
    opened(socket, opening) {
      edge.opened(socket, opening);
      const { connection } = socket;
      if (connection && console.isWatched(connection.state.app.id)) {
        console.add(connection.state.app.id, { type: "connected", ...described(connection) });
      }
    },
    closed(socket, code) {
      const { connection } = socket;
      if (connection && console.isWatched(connection.state.app.id)) {
        console.add(connection.state.app.id, {
          type: "disconnected",
          ...described(connection),
          code: String(code),
        });
      }
      edge.closed(socket, code);
    },
  };
}

function described({ socketId, info, user }: Connection) {
  return {
    socketId,
    client: info.client,
    ...(info.address !== null && { address: info.address }),
    ...(info.pageOrigin !== null && { message: `page ${info.pageOrigin}` }),
    ...(user && { userId: user.id }),
  };
}
