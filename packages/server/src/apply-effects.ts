import type { App, CarriedEvent, Connection, Effect, Place } from "@usher/hub";
import { closeReason, encodeServerMessage, type UsherError, unreachable } from "@usher/protocol";
import type { Socket } from "./edges/engine.ts";
import type { Meters } from "./metrics/meters.ts";
import type { NoteListener } from "./notes.ts";

export interface EffectTargets {
  /** To every socket on a topic but the one that is left out. */
  readonly publish: (topic: string, text: string, except: Socket | undefined) => void;
  readonly socketOf: (connection: Connection) => Socket | undefined;
  readonly meters: Meters;
  readonly onNote: NoteListener;
  /** Sees to it that a connection is closed when its turn comes. */
  readonly closeSoon: (connection: Connection, error: UsherError) => void;
  /** In a cluster: tells the other nodes what is at a place here, soon. */
  readonly onPlaceChanged?: (app: App, place: Place) => void;
  /** In a cluster: takes an event to the other nodes. */
  readonly onCarry?: (app: App, event: CarriedEvent) => void;
}

/** @param frame the client's frame that led to the effects, for whoever looks into a refusal of it. */
export type ApplyEffects = (effects: readonly Effect[], frame?: string) => void;

/** Where an effect becomes a send, a publish or a note, and the only such place. A message is encoded once. */
export function effectApplier(targets: EffectTargets): ApplyEffects {
  return (effects, frame) => {
    for (const effect of effects) apply(effect, targets, frame);
  };
}

function apply(effect: Effect, targets: EffectTargets, frame: string | undefined): void {
  const { socketOf, meters, onNote } = targets;
  switch (effect.kind) {
    case "send":
      meters.ofApp(effect.to.state.app.id).messagesSent += 1;
      socketOf(effect.to)?.send(encodeServerMessage(effect.message));
      break;
    case "publish":
      publish(effect, targets);
      break;
    case "join":
      socketOf(effect.connection)?.join(topicOf(effect.connection.state.app.id, effect.channel));
      break;
    case "leave":
      socketOf(effect.connection)?.leave(topicOf(effect.connection.state.app.id, effect.channel));
      break;
    case "ping":
      socketOf(effect.connection)?.ping();
      break;
    case "close":
      close(effect, targets);
      break;
    case "closeSoon":
      targets.closeSoon(effect.connection, effect.error);
      break;
    case "note":
      onNote(effect.app, effect.note, frame);
      break;
    case "placeChanged":
      targets.onPlaceChanged?.(effect.app, effect.place);
      break;
    case "carry":
      targets.onCarry?.(effect.app, effect.event);
      break;
    default:
      unreachable(effect);
  }
}

function publish(
  { app, channel, message, except, receivers }: Extract<Effect, { kind: "publish" }>,
  targets: EffectTargets,
): void {
  if (receivers === 0) return;
  const text = encodeServerMessage(message);
  const topic = topicOf(app.id, channel);
  targets.meters.published(app.id, receivers, text.length);
  targets.publish(topic, text, except && targets.socketOf(except));
}

function close(
  { connection, error }: Extract<Effect, { kind: "close" }>,
  { socketOf, meters }: EffectTargets,
): void {
  const socket = socketOf(connection);
  if (!socket) return;
  meters.ofApp(connection.state.app.id).closed(error.code);
  endWithError(socket, error.spec.closeCode ?? 1011, error.message);
}

/**
 * Ends a socket with the reason in a frame and in the close code: some clients read only the one and some the other.
 * Also for sockets whose handshake was refused and which have no connection.
 */
export function endWithError(socket: Socket, code: number, message: string): void {
  socket.send(encodeServerMessage({ kind: "error", code, message }));
  socket.close(code, closeReason(message));
}

/** An app's channel as a topic of the engine. Neither part can hold a newline, so two apps never share one. */
function topicOf(appId: string, channel: string): string {
  return `${appId}\n${channel}`;
}
