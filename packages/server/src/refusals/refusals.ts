import type { Explanation } from "@usher/protocol/explain";
import { increment, type Meters } from "../metrics/meters.ts";
import type { NoteListener } from "../notes.ts";
import type { Explain, ExplainableRefusal } from "./explainer.ts";
import { ExplanationQueue } from "./explanation-queue.ts";
import type { RefusalReader } from "./readable-refusal.ts";
import { hasCause, operationOf, type Refused, type RefusedCall } from "./refused.ts";

export interface RefusalsOptions {
  readonly explain: Explain;
  readonly readers: readonly RefusalReader[];
  readonly meters: Meters;
  readonly now: () => number;
  readonly later: (callback: () => void, ms: number) => void;
}

/**
 * What becomes of a refusal after its answer was sent: its cause is worked out, counted and logged. That happens later and
 * apart from the answer, so that neither its bytes nor its time tell a client what was found.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  readonly #queue: ExplanationQueue<ExplainableRefusal>;

  constructor(options: RefusalsOptions) {
    this.#options = options;
    const { now, later } = options;
    this.#queue = new ExplanationQueue({ run: (refusal) => this.#explain(refusal), now, later });
  }

  readonly onNote: NoteListener = (app, note, frame) => {
    if (note.kind !== "refused") return;
    const { connection, operation, channel, error } = note;
    this.#take(
      { kind: "frame", app, connection, operation, channel, error, frame },
      connection.user !== undefined,
    );
  };

  onCall(refused: RefusedCall): void {
    this.#take(refused, false);
  }

  /** Explains what still waits; call it before the log is closed. */
  flush(): void {
    this.#queue.flush();
  }

  forget(appId: string): void {
    this.#queue.forget(appId);
  }

  #take(refused: Refused, isSignedIn: boolean): void {
    const { meters, now } = this.#options;
    const { app } = refused;
    const isExplainable = hasCause(refused);
    if (isExplainable && this.#queue.offer(app?.id ?? "", { refused, atMs: now(), isSignedIn })) return;
    if (isExplainable && app) meters.ofApp(app.id).unexplainedRefusals++;
    this.#report(refused, undefined);
  }

  #explain(refusal: ExplainableRefusal): void {
    const { explain, meters } = this.#options;
    const { refused } = refusal;
    const explanation = explain(refusal);
    if (explanation && refused.app) {
      increment(
        meters.ofApp(refused.app.id).refusalCauses,
        `${signedOperationOf(refused)} ${explanation.cause}`,
      );
    }
    this.#report(refused, explanation);
  }

  #report(refused: Refused, explanation: Explanation | undefined): void {
    if (refused.app) {
      const group = `${operationOf(refused)}|${refused.error.code}|${explanation?.cause ?? ""}`;
      increment(this.#options.meters.ofApp(refused.app.id).refused, group);
    }
    for (const reader of this.#options.readers) reader.write(refused, explanation);
  }
}

/** What somebody signed, in three words that metrics are labelled with. */
function signedOperationOf(refused: Refused): string {
  if (refused.kind === "call") return "request";
  // A sign-in that could not be parsed was refused as a message.
  return refused.operation === "message" ? "signin" : refused.operation;
}
