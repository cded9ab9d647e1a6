import type { ChannelName, ServerMessage, UsherError } from "@usher/protocol";
import type { App } from "./app.ts";
import type { AppState } from "./app-state.ts";
import type { GapReason } from "./channel-history.ts";
import type { Connection } from "./connection.ts";
import type { CarriedEvent, Place } from "./place.ts";

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
  /** The same for one of possibly thousands, whose clients come back at once: when its turn comes, by `Hub.close`. */
  | { readonly kind: "closeSoon"; readonly connection: Connection; readonly error: UsherError }
  | { readonly kind: "note"; readonly app: App; readonly note: Note }
  /** In a cluster: what is at a place here may be different now. A hint, which may come twice; `Hub.here` has what there is. */
  | { readonly kind: "placeChanged"; readonly app: App; readonly place: Place }
  /** In a cluster: to be taken to the other nodes, and with `shared` order to this one too, by `Hub.carried`. */
  | { readonly kind: "carry"; readonly app: App; readonly event: CarriedEvent };

/** What has happened, for metrics, logs and whoever else watches. Never carries a secret. */
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
      /** As it was passed on; for webhooks, and not for logs. */
      readonly data: string;
      /** On presence channels, the member that sent it. */
      readonly userId: string | undefined;
    }
  | {
      /** A connection lost grants that it had not given up. Each channel also has its `unsubscribed`, if it was left. */
      readonly kind: "grantsEnded";
      readonly connection: Connection;
      readonly cause: GrantsEndedCause;
      readonly channels: readonly ChannelName[];
      /** Who is signed in no more; undefined where the sign-in, if any, was not concerned. */
      readonly userId: string | undefined;
    }
  | { readonly kind: "occupied"; readonly channel: ChannelName }
  | { readonly kind: "vacated"; readonly channel: ChannelName }
  | { readonly kind: "memberAdded"; readonly channel: ChannelName; readonly userId: string }
  | { readonly kind: "memberRemoved"; readonly channel: ChannelName; readonly userId: string }
  /** Once for as long as the channel stays empty, and again after half a minute. */
  | { readonly kind: "cacheMiss"; readonly channel: ChannelName }
  /** A client came back to a channel and was given what it had missed. */
  | {
      readonly kind: "resumed";
      readonly connection: Connection;
      readonly channel: ChannelName;
      readonly events: number;
    }
  /** A client came back to a channel, and what it had missed is not there. */
  | {
      readonly kind: "gap";
      readonly connection: Connection;
      readonly channel: ChannelName;
      readonly reason: GapReason;
    }
  /** As often as the count is sent to the channel's connections. */
  | { readonly kind: "subscriptionCount"; readonly channel: ChannelName; readonly count: number };

/**
 * `secret_revoked`: what a leaked secret had signed. `revoked`, `banned`, `not_before`: taken back by the app's server or an
 * operator. `lifetime`: older than the app lets grants become; the connection keeps them until it is closed.
 */
export type GrantsEndedCause = "secret_revoked" | "revoked" | "banned" | "not_before" | "lifetime";

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

/** Has a connection ended at a pace that spares whom its client turns to next; decided once. */
export function closeSoon(connection: Connection, error: UsherError): Effect[] {
  if (connection.isClosing || connection.isClosingSoon) return [];
  connection.isClosingSoon = true;
  return [{ kind: "closeSoon", connection, error }];
}

/** What a channel's own handlers in pusher-js, Echo, Java and Swift hear. */
export function subscriptionError(to: Connection, channel: string, error: UsherError): Effect {
  const { type, status } = error.spec.subscription ?? { type: "AuthError", status: 401 };
  const { code, message } = error;
  return send(to, { kind: "subscriptionError", channel, code, type, message, status });
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

/** A refusal that ends the connection, which says the rest: a note of it, and the close with its own `pusher:error`. */
export function refuseAndClose(
  connection: Connection,
  operation: RefusableOperation,
  error: UsherError,
  channel?: string,
): Effect[] {
  return [
    note(connection, { kind: "refused", connection, operation, channel, error }),
    ...close(connection, error),
  ];
}
