import { type ClientMessage, type HmacHex, unreachable } from "@usher/protocol";
import { clientEvent } from "./client-event.ts";
import type { Connection } from "./connection.ts";
import { type Effect, send } from "./effect.ts";
import { signIn } from "./signin.ts";
import { subscribe } from "./subscribe.ts";
import { unsubscribe } from "./unsubscribe.ts";

/** What one client's message leads to. */
export function handle(
  connection: Connection,
  message: ClientMessage,
  hmacHex: HmacHex,
  nowMs: number,
): Effect[] {
  switch (message.kind) {
    case "ping":
      return [send(connection, { kind: "pong" })];
    case "pong":
      return [];
    case "subscribe":
      return subscribe(connection, message, hmacHex, nowMs);
    case "unsubscribe":
      return unsubscribe(connection, message.channel, nowMs);
    case "signin":
      return signIn(connection, message, hmacHex, nowMs);
    case "clientEvent":
      return clientEvent(connection, message, nowMs);
    default:
      return unreachable(message);
  }
}
