import type { Connection, Hub } from "@usher/hub";
import { type ApplyEffects, type EffectTargets, effectApplier } from "../apply-effects.ts";
import type { Engine, Socket } from "../edges/engine.ts";
import type { SessionTopics } from "../edges/http-fallback/session-topics.ts";
import { slowConsumerScan } from "../edges/websocket/slow-consumers.ts";
import { noteCounter } from "../metrics/count-notes.ts";
import type { Meters } from "../metrics/meters.ts";
import type { NoteListener } from "../notes.ts";
import type { DevelopmentHints } from "../refusals/development-hints.ts";

export interface ApplyOptions extends Omit<EffectTargets, "publish" | "socketOf" | "onNote"> {
  readonly hub: Hub;
  readonly meters: Meters;
  readonly engine: () => Engine;
  readonly sessionTopics: SessionTopics;
  readonly sockets: ReadonlyMap<Connection, Socket>;
  readonly listeners: readonly NoteListener[];
  readonly hints: DevelopmentHints | undefined;
  readonly maxBufferedBytes: number;
}

/** The one way effects are carried out, followed by a look for whoever does not keep up with them. */
export function makeApply({
  hub,
  meters,
  engine,
  sessionTopics,
  sockets,
  listeners,
  hints,
  maxBufferedBytes,
  ...targets
}: ApplyOptions): ApplyEffects {
  const count = noteCounter(meters);
  const applyAll = effectApplier({
    ...targets,
    publish: (topic, text, except) => {
      if (except) except.publishToOthers(topic, text);
      else engine().publish(topic, text);
      if (sessionTopics.joined > 0) sessionTopics.publish(topic, text, except);
    },
    socketOf: (connection) => sockets.get(connection),
    meters,
    onNote: (app, note, frame) => {
      count(app, note);
      for (const listener of listeners) listener(app, note, frame);
    },
  });
  const closeSlow = slowConsumerScan({
    hub,
    apply: applyAll,
    meters,
    sockets,
    maxBufferedBytes,
    monotonicNow: () => performance.now(),
  });
  return (effects, frame) => {
    applyAll(hints ? hints.inEffects(effects, frame) : effects, frame);
    closeSlow();
  };
}
