import { TokenBucket } from "@usher/hub";
import { UsherError } from "@usher/protocol";
import {
  type CandidateSecret,
  type Explanation,
  shortSignature,
  withoutSecrets,
} from "@usher/protocol/explain";
import type { Logger } from "pino";
import type { Refused } from "./refused.ts";

const REFUSALS_A_SECOND = 20;

/** Says why something was refused, as often as a person can read; the metrics count every one. */
export class RefusalLog {
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
    this.#log.info(
      {
        app: app?.id,
        code: error.code,
        reason: this.#reason(error),
        hint: error.hint,
        ...this.#context(refused),
        ...(explanation && findings(explanation)),
        ...suppressed,
      },
      refused.kind === "frame" ? `${refused.operation} refused` : "request refused",
    );
  }

  /**
   * The client reads its own signature in full, since that is Pusher's text; a log is read by others, and a signature that
   * is wrong here may be right elsewhere. People also put secrets where keys belong.
   */
  #reason({ code, details, message }: UsherError): string {
    const { signature } = details;
    const shown =
      typeof signature === "string"
        ? new UsherError(code, { ...details, signature: shortSignature(signature) }).message
        : message;
    return withoutSecrets(shown, this.#secrets());
  }

  #context(refused: Refused): Readonly<Record<string, unknown>> {
    if (refused.kind === "call") return { route: refused.route.name };
    const { channel, connection } = refused;
    return {
      channel: channel === undefined ? undefined : withoutSecrets(channel, this.#secrets()),
      socketId: connection.socketId,
    };
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
