import { TokenBucket } from "@usher/hub";
import type { CandidateSecret, Explanation } from "@usher/protocol/explain";
import type { Logger } from "pino";
import { type RefusalReader, readableRefusal } from "./readable-refusal.ts";
import type { Refused } from "./refused.ts";

const REFUSALS_A_SECOND = 20;

/** Says why something was refused, as often as a person can read; the metrics count every one. */
export class RefusalLog implements RefusalReader {
  readonly #log: Logger;
  readonly #secrets: () => readonly CandidateSecret[];
  readonly #bucket: TokenBucket;
  readonly #now: () => number;
  #suppressed = 0;

  constructor(log: Logger, secrets: () => readonly CandidateSecret[], now: () => number) {
    this.#log = log;
    this.#secrets = secrets;
    this.#now = now;
    this.#bucket = new TokenBucket(REFUSALS_A_SECOND, now());
  }

  write(refused: Refused, explanation: Explanation | undefined): void {
    if (!this.#bucket.take(REFUSALS_A_SECOND, 1, this.#now())) {
      this.#suppressed++;
      return;
    }
    const suppressed = this.#suppressed > 0 ? { suppressedBefore: this.#suppressed } : {};
    this.#suppressed = 0;
    const { app, error } = refused;
    const { reason, channel } = readableRefusal(refused, this.#secrets());
    this.#log.info(
      {
        app: app?.id,
        code: error.code,
        reason,
        hint: error.hint,
        ...(refused.kind === "call"
          ? { route: refused.route.name }
          : { channel, socketId: refused.connection.socketId }),
        ...(explanation && findings(explanation)),
        ...suppressed,
      },
      refused.kind === "frame" ? `${refused.operation} refused` : "request refused",
    );
  }
}

function findings({ cause, message, fix, also, stringToSign, matched, tried }: Explanation) {
  return {
    cause,
    explanation: message,
    fix,
    also,
    stringToSign,
    ...(matched && {
      matchedSecret: { slot: matched.slot, id: matched.secretId, app: matched.appId },
    }),
    ...(cause === "unknown" && { tried }),
  };
}
