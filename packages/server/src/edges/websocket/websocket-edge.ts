import type { Admitted, Connection, Hub } from "@usher/hub";
import {
  fail,
  type Handshake,
  parseClientMessage,
  parseHandshake,
  type Result,
  UsherError,
} from "@usher/protocol";
import { type ApplyEffects, endWithError } from "../../apply-effects.ts";
import type { Meters } from "../../metrics/meters.ts";
import type { EngineHandlers, Opening, Socket } from "../engine.ts";

export interface WebSocketEdgeOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly meters: Meters;
  readonly findAppByKey: (key: string) => { readonly id: string } | undefined;
  /** The sockets of accepted connections; this edge alone changes it. */
  readonly sockets: Map<Connection, Socket>;
  readonly pathPrefix: string;
  readonly isDraining: () => boolean;
  readonly now: () => number;
}

/** Frames in, effects out: where the engine's sockets meet the hub. */
export function webSocketEdge(options: WebSocketEdgeOptions): Omit<EngineHandlers, "request" | "failed"> {
  const { hub, apply, meters, sockets, now } = options;
  return {
    opened(socket, opening) {
      const admitted = admit(opening, options);
      if (!admitted.ok) {
        // The upgrade was accepted on purpose: browsers hide the status of a refused one, and pusher-js would retry for ever.
        return endWithError(socket, admitted.error.spec.closeCode ?? 1011, admitted.error.message);
      }
      const { connection, effects } = admitted.value;
      socket.connection = connection;
      sockets.set(connection, socket);
      meters.ofApp(connection.state.app.id).connectionsOpened++;
      apply(effects);
    },

    text(socket, text) {
      const { connection } = socket;
      if (!connection) return;
      const nowMs = now();
      hub.touch(connection, nowMs);
      meters.ofApp(connection.state.app.id).messagesReceived++;
      const message = parseClientMessage(text);
      apply(
        message.ok
          ? hub.receive(connection, message.value, nowMs)
          : hub.receiveInvalid(connection, message.error),
        text,
      );
    },

    refused(socket, error) {
      if (!socket.connection) return;
      hub.touch(socket.connection, now());
      apply(hub.receiveInvalid(socket.connection, error));
    },

    alive(socket) {
      if (socket.connection) hub.touch(socket.connection, now());
    },

    closed(socket) {
      const { connection } = socket;
      if (!connection) return;
      socket.connection = undefined;
      sockets.delete(connection);
      meters.ofApp(connection.state.app.id).connectionsClosed++;
      apply(hub.disconnect(connection, now()));
    },
  };
}

/** Lets a client in, or counts why not. */
function admit(opening: Opening, options: WebSocketEdgeOptions): Result<Admitted> {
  const { meters, findAppByKey, pathPrefix } = options;
  const handshake = parseHandshake(opening.path, opening.rawQuery, pathPrefix);
  const admitted = handshake.ok ? enter(handshake.value, opening, options) : handshake;
  if (!admitted.ok) {
    const app = handshake.ok ? findAppByKey(handshake.value.key) : undefined;
    meters.handshakeRefused(admitted.error.code, app?.id);
  }
  return admitted;
}

function enter(
  handshake: Handshake,
  { pageOrigin, address, isTls }: Opening,
  { hub, isDraining, now }: WebSocketEdgeOptions,
): Result<Admitted> {
  // Not 4200: a client that comes back at once to a balancer that has not noticed yet would do so without end.
  if (isDraining()) return fail(new UsherError("drained"));
  return hub.connect({ handshake, pageOrigin, address, isTls }, now());
}
