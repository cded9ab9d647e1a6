import type { Effect, Note } from "@usher/hub";
import type { ServerMessage } from "@usher/protocol";
import type { Explanation } from "@usher/protocol/explain";
import type { Explain } from "./explainer.ts";
import { hasCause, type RefusedCall, type RefusedFrame } from "./refused.ts";

/**
 * Explanations for the client itself. In development only: they say more of the server's secrets than a stranger should
 * know, and they are worked out while the client waits.
 */
export interface DevelopmentHints {
  /** The same effects, with the explanation behind the text of a refusal. */
  readonly inEffects: (effects: readonly Effect[], frame: string | undefined) => readonly Effect[];
  readonly forCall: (refused: RefusedCall) => string | undefined;
}

export function developmentHints(explain: Explain, now: () => number): DevelopmentHints {
  return {
    inEffects(effects, frame) {
      const refused = refusedFrame(effects, frame);
      if (!refused || !hasCause(refused)) return effects;
      const isSignedIn = refused.connection.user !== undefined;
      const explanation = explain({ refused, atMs: now(), isSignedIn });
      return explanation ? effects.map((effect) => withHint(effect, refused, explanation)) : effects;
    },
    forCall(refused) {
      if (!hasCause(refused)) return undefined;
      const explanation = explain({ refused, atMs: now(), isSignedIn: false });
      return explanation && hintOf(explanation);
    },
  };
}

function refusedFrame(effects: readonly Effect[], frame: string | undefined): RefusedFrame | undefined {
  for (const effect of effects) {
    if (effect.kind !== "note" || effect.note.kind !== "refused") continue;
    const note: Extract<Note, { kind: "refused" }> = effect.note;
    const { connection, operation, channel, error } = note;
    return { kind: "frame", app: effect.app, connection, operation, channel, error, frame };
  }
  return undefined;
}

function withHint(effect: Effect, { connection, error }: RefusedFrame, explanation: Explanation): Effect {
  if (effect.kind !== "send" || effect.to !== connection) return effect;
  const { message } = effect;
  if (!isRefusal(message) || message.message !== error.message) return effect;
  return { ...effect, message: { ...message, message: `${message.message} [${hintOf(explanation)}]` } };
}

function isRefusal(
  message: ServerMessage,
): message is Extract<ServerMessage, { kind: "error" | "subscriptionError" }> {
  return message.kind === "error" || message.kind === "subscriptionError";
}

function hintOf({ cause, message, fix }: Explanation): string {
  return `${cause}: ${message}. ${fix}`;
}
