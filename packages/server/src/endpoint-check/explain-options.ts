import { createHash, createHmac } from "node:crypto";
import type { CandidateSecret, ExplainOptions, TrialLimits } from "@usher/protocol/explain";

/**
 * For explanations that a person asked for.
 *
 * @param of what is refused: a secret that was given without its app or key is taken for theirs.
 */
export function explainOptions(
  secrets: readonly CandidateSecret[],
  of: { readonly appId: string | undefined; readonly key: string | undefined },
  limits: TrialLimits,
): ExplainOptions {
  return {
    secrets: secrets.map((secret) => ({
      ...secret,
      appId: secret.appId === "" ? (of.appId ?? "") : secret.appId,
      key: secret.key === "" ? (of.key ?? "") : secret.key,
    })),
    hmacHex: (secret, text) => createHmac("sha256", secret).update(text).digest("hex"),
    md5Hex: (bytes) => createHash("md5").update(bytes).digest("hex"),
    limits,
  };
}
