import { UsherError } from "@usher/protocol";
import {
  type CandidateSecret,
  type Explanation,
  shortSignature,
  withoutSecrets,
} from "@usher/protocol/explain";
import type { Refused } from "./refused.ts";

/** Whoever wants to know of refusals, with what was found out about each. */
export interface RefusalReader {
  write(refused: Refused, explanation: Explanation | undefined): void;
}

/**
 * What a client was told, as others may read it. The client reads its own signature in full, since that is Pusher's text;
 * a signature that is wrong here may be right elsewhere. People also put secrets where keys and channels belong.
 */
export function readableRefusal(
  refused: Refused,
  secrets: readonly CandidateSecret[],
): { readonly reason: string; readonly channel: string | undefined } {
  const { code, details, message } = refused.error;
  const { signature } = details;
  const shown =
    typeof signature === "string"
      ? new UsherError(code, { ...details, signature: shortSignature(signature) }).message
      : message;
  const channel = refused.kind === "frame" ? refused.channel : undefined;
  return {
    reason: withoutSecrets(shown, secrets),
    channel: channel === undefined ? undefined : withoutSecrets(channel, secrets),
  };
}
