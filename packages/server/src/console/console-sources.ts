import type { App, Connection, Hub, TriggeredEvent } from "@usher/hub";
import { channelInfo } from "@usher/hub";
import type { EngineHandlers } from "../edges/engine.ts";
import type { NoteListener } from "../notes.ts";
import type { RecentRefusal } from "../refusals/recent-refusals.ts";
import type { FinishedAttempt } from "../webhooks/endpoint-sender.ts";
import type { WebhooksOptions } from "../webhooks/webhooks.ts";
import type { Console } from "./console.ts";
import { entryOfNote } from "./entry-of-note.ts";
import type { SendClientEventContext } from "./send-client-event.ts";
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

/** Tells the console of client events that operators send. */
export function clientEventWatcher(console: Console): SendClientEventContext["onSent"] {
  return (app, { channel, event, data, userId }, receivers) => {
    if (!console.isWatched(app.id)) return;
    const shown = visibleData(app, channel, data);
    console.add(app.id, {
      type: "client_event",
      channel,
      event,
      receivers,
      size: data.length,
      message: "sent by an operator",
      ...(shown !== undefined && { data: shown }),
      ...(userId !== undefined && { userId }),
    });
  };
}

/** Tells the console of each time that an event was sent to a webhook endpoint. */
export function attemptWatcher(console: Console): WebhooksOptions["onAttempt"] {
  return ({ id: webhookId, appId, url }, { events, attempts, result, outcome }) => {
    if (!console.isWatched(appId)) return;
    const { host, pathname } = new URL(url);
    const message = `${inWords(outcome)}, attempt ${attempts}, ${host}${pathname}`;
    const code = result.status === null ? (result.error ?? "") : String(result.status);
    for (const { id, channel, body } of events) {
      // Written by the server itself.
      const { name, user_id: userId } = JSON.parse(body) as { name: string; user_id?: string };
      console.add(appId, {
        type: "webhook",
        channel,
        event: name,
        code,
        message,
        webhookId,
        deliveryId: id,
        ...(userId !== undefined && { userId }),
      });
    }
  };
}

function inWords(outcome: FinishedAttempt["outcome"]): string {
  if (outcome === "delivered") return "delivered";
  return outcome === "dead" ? "given up" : "failed, will be tried again";
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
