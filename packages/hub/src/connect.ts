import { fail, makeSocketId, ok, type Result, UsherError } from "@usher/protocol";
import { isAllowedOrigin } from "./allowed-origin.ts";
import type { AppState } from "./app-state.ts";
import { Connection } from "./connection.ts";
import type { ConnectionInfo, ConnectRequest } from "./connection-info.ts";
import { type Effect, send } from "./effect.ts";

/** A connection that may stay, and its greeting, which must be the first frame that it receives. */
export interface Admitted {
  readonly connection: Connection;
  readonly effects: readonly Effect[];
}

/**
 * Checks a handshake against its app and gives it a place.
 *
 * @param info what to keep of the request.
 * @param hasRoom whether the server as a whole may take one more.
 */
export function connect(
  state: AppState,
  request: ConnectRequest,
  info: ConnectionInfo,
  hasRoom: boolean,
  random: () => number,
): Result<Admitted> {
  const refusal = check(state, request, hasRoom);
  if (refusal) return fail(refusal);

  const connection = new Connection(unusedSocketId(state, random), state, keyOf(state, request), info);
  state.connections.set(connection.socketId, connection);
  const { authorizedConnections, authorizationTimeoutSeconds, activityTimeoutSeconds } = state.app.settings;
  if (authorizedConnections) {
    state.unauthorized.set(connection, info.connectedAtMs + authorizationTimeoutSeconds * 1000);
  }
  const { socketId } = connection;
  return ok({
    connection,
    effects: [send(connection, { kind: "connectionEstablished", socketId, activityTimeoutSeconds })],
  });
}

function check(
  { app, quotaUse }: AppState,
  { handshake, isTls, pageOrigin }: ConnectRequest,
  hasRoom: boolean,
): UsherError | undefined {
  const { settings } = app;
  if (settings.strict && handshake.protocol === undefined) return new UsherError("protocol_missing");
  if (!app.enabled) return new UsherError("app_disabled");
  if (settings.forceTls && !isTls) return new UsherError("tls_required");
  // Only browsers name an origin, and only they can be kept to it.
  if (
    settings.allowedOrigins &&
    pageOrigin !== undefined &&
    !isAllowedOrigin(pageOrigin, settings.allowedOrigins)
  ) {
    return new UsherError("origin_refused", { origin: pageOrigin });
  }
  if (settings.connectionQuota !== null && quotaUse >= settings.connectionQuota) {
    return new UsherError("connection_quota_reached", { quota: settings.connectionQuota });
  }
  return hasRoom ? undefined : new UsherError("over_capacity");
}

/** The app's own copy of the key: the client's is a slice that would keep the whole address of its request alive. */
function keyOf(state: AppState, { handshake }: ConnectRequest): string {
  return state.findKey(handshake.key)?.key ?? handshake.key;
}

function unusedSocketId(state: AppState, random: () => number): Connection["socketId"] {
  const socketId = makeSocketId(random);
  return state.connections.has(socketId) ? unusedSocketId(state, random) : socketId;
}
