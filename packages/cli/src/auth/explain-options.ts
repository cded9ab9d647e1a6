import { createHash } from "node:crypto";
import type { CandidateSecret, ExplainOptions } from "@usher/protocol/explain";
import { hmacSha256Hex } from "../signed-request.ts";

/** A person waits for one explanation here, so that it may take all the guesses there are. */
const LIMITS = { maxHmacs: 5_000, maxCharacters: 50_000_000 } as const;

/**
 * @param of what is refused: a secret that was given without its app or key is taken for theirs.
 */
export function explainOptions(
  secrets: readonly CandidateSecret[],
  of: { readonly appId: string | undefined; readonly key: string | undefined },
): ExplainOptions {
  return {
    secrets: secrets.map((secret) => ({
      ...secret,
      appId: secret.appId === "" ? (of.appId ?? "") : secret.appId,
      key: secret.key === "" ? (of.key ?? "") : secret.key,
    })),
    hmacHex: hmacSha256Hex,
    md5Hex: (bytes) => createHash("md5").update(bytes).digest("hex"),
    limits: LIMITS,
  };
}

/** The key in front of a signature, where the two are put together as they should be. */
export function keyOf(auth: unknown): string | undefined {
  return typeof auth === "string" ? /^([\w-]+):/.exec(auth)?.[1] : undefined;
}
