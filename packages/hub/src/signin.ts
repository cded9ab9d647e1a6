import {
  type ClientMessage,
  fail,
  findSigningSecret,
  type HmacHex,
  ok,
  parseAuthValue,
  parseUserData,
  type Result,
  type SignedInUser,
  UsherError,
  userChannel,
  userStringToSign,
} from "@usher/protocol";
import type { AppSecret } from "./app.ts";
import type { Connection } from "./connection.ts";
import { type Effect, note, refuse, refuseAndClose, send } from "./effect.ts";
import { userPlace } from "./place.ts";
import { placeChanged } from "./place-changed.ts";
import { watch, watchlistEvents } from "./watchlist.ts";

type SigninMessage = Extract<ClientMessage, { kind: "signin" }>;

/** Ties a connection to the user that the app's server vouches for. A refusal leaves the connection open. */
export function signIn(
  connection: Connection,
  message: SigninMessage,
  hmacHex: HmacHex,
  nowMs: number,
): Effect[] {
  const secret = authenticate(connection, message, hmacHex);
  if (!secret.ok) return refuse(connection, "signin", secret.error);
  const user = parseUserData(message.userData, connection.state.app.settings.presenceLimits.userIdLength);
  if (!user.ok) return refuse(connection, "signin", user.error);
  if (connection.user !== undefined && connection.user.id !== user.value.id) {
    return refuse(connection, "signin", new UsherError("signed_in_as_another_user"));
  }
  const takenBack = connection.state.restrictions?.refusal(connection, null, user.value.id, nowMs);
  if (takenBack) return refuseAndClose(connection, "signin", takenBack);
  return [
    ...accept(connection, message.userData, user.value, secret.value.id, nowMs),
    note(connection, { kind: "signedIn", connection, userId: user.value.id, secretId: secret.value.id }),
    ...watch(connection, user.value),
  ];
}

function authenticate(connection: Connection, message: SigninMessage, hmacHex: HmacHex): Result<AppSecret> {
  const auth = parseAuthValue(message.auth);
  if (!auth) return fail(new UsherError("signin_auth_malformed"));
  const appKey = connection.state.findKey(auth.key);
  if (!appKey) return fail(new UsherError("signin_key_mismatch", { key: auth.key }));
  const stringToSign = userStringToSign(connection.socketId, message.userData);
  const secret = findSigningSecret(appKey.secrets, stringToSign, auth.signature, hmacHex);
  if (!secret) {
    return fail(new UsherError("signin_signature_mismatch", { stringToSign, signature: auth.signature }));
  }
  return ok(secret);
}

function accept(
  connection: Connection,
  userData: string,
  { id, userInfoJson }: SignedInUser,
  secretId: string,
  nowMs: number,
): Effect[] {
  const { state } = connection;
  connection.user = { id, userInfoJson, secretId };
  connection.firstGrantAtMs ??= nowMs;
  state.unauthorized.delete(connection);
  const cameOnline = state.users.add(id, connection);
  const effects: Effect[] = [
    // From here on, so that an event sent between sign-in and the client's own subscription arrives too.
    { kind: "join", connection, channel: userChannel(id) },
    send(connection, { kind: "signinSuccess", userData }),
  ];
  if (!cameOnline) return effects;
  if (!state.places?.isOnlineElsewhere(id)) effects.push(...watchlistEvents(state, id, "online"));
  if (state.places) effects.push(placeChanged(state, userPlace(id)));
  return effects;
}
