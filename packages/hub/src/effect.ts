import type { ChannelName, ServerMessage, UsherError } from "@usher/protocol";
import type { App } from "./app.ts";
import type { AppState } from "./app-state.ts";
import type { Connection } from "./connection.ts";

/**
 * What should happen next, in this order. The hub decides and returns; `apply-effects` in the server is the only place
 * where an effect becomes a send, a publish or a count.
 */
export type Effect =
  | { readonly kind: "send"; readonly to: Connection; readonly message: ServerMessage }
  | {
      readonly kind: "publish";
      readonly app: App;
      readonly channel: ChannelName;
      readonly message: ServerMessage;
      /** A subscriber that is left out: the sender, or the connection that a server named. */
      readonly except: Connection | undefined;
      /** How many connections receive it. */
      readonly receivers: number;
    }
  | { readonly kind: "join"; readonly connection: Connection; readonly channel: ChannelName }
  | { readonly kind: "leave"; readonly connection: Connection; readonly channel: ChannelName }
  | { readonly kind: "ping"; readonly connection: Connection }
  /** Says why in a `pusher:error` frame, then closes with the error's code. */
  | { readonly kind: "close"; readonly connection: Connection; readonly error: UsherError }
  | { readonly kind: "note"; readonly app: App; readonly note: Note };

/** What has happened, for metrics, logs and whoever else watches. Never carries a secret or an event's data. */
export type Note =
  | {
      readonly kind: "subscribed";
      readonly connection: Connection;
      readonly channel: ChannelName;
      /** Which secret signed; undefined where none was needed. */
      readonly secretId: string | undefined;
    }
  | { readonly kind: "unsubscribed"; readonly connection: Connection; readonly channel: ChannelName }
  | {
      readonly kind: "signedIn";
      readonly connection: Connection;
      readonly userId: string;
      readonly secretId: string;
    }
  | {
      /** A frame was refused; the connection stays open. */
      readonly kind: "refused";
      readonly connection: Connection;
      readonly operation: RefusableOperation;
      readonly channel: string | undefined;
      readonly error: UsherError;
    }
  | {
      readonly kind: "clientEvent";
      readonly connection: Connection;
      readonly channel: ChannelName;
      readonly event: string;
    }
  | { readonly kind: "occupied"; readonly channel: ChannelName }
  | { readonly kind: "vacated"; readonly channel: ChannelName }
  | { readonly kind: "memberAdded"; readonly channel: ChannelName; readonly userId: string }
  | { readonly kind: "memberRemoved"; readonly channel: ChannelName; readonly userId: string }
  | { readonly kind: "cacheMiss"; readonly channel: ChannelName };

export type RefusableOperation = "message" | "subscribe" | "unsubscribe" | "signin" | "clientEvent";

export function send(to: Connection, message: ServerMessage): Effect {
  return { kind: "send", to, message };
}

/**
 * Sends a message to everybody on a channel, and counts each delivery as a message of the app.
 *
 * @param present who is on the channel.
 * @param except one of them, who is left out.
 */
export function deliver(
  state: AppState,
  channel: ChannelName,
  present: ReadonlySet<Connection>,
  message: ServerMessage,
  except: Connection | undefined,
  nowMs: number,
): Effect {
  const receivers = except ? present.size - 1 : present.size;
  state.meter.add(receivers, nowMs);
  return { kind: "publish", app: state.app, channel, message, except, receivers };
}

export function note(connection: Connection, what: Note): Effect {
  return { kind: "note", app: connection.state.app, note: what };
}

/** Ends a connection, once however often it is asked. */
export function close(connection: Connection, error: UsherError): Effect[] {
  if (connection.isClosing) return [];
  connection.isClosing = true;
  return [{ kind: "close", connection, error }];
}

/** A refusal that leaves the connection open: a `pusher:error`, and a note of it. */
export function refuse(
  connection: Connection,
  operation: RefusableOperation,
  error: UsherError,
  channel?: string,
): Effect[] {
  return [
    send(connection, { kind: "error", code: error.spec.frameCode ?? null, message: error.message }),
    note(connection, { kind: "refused", connection, operation, channel, error }),
  ];
}
