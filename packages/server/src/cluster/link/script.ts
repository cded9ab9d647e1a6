import { createHash } from "node:crypto";

/** A Lua script that Redis runs as one step. */
export interface Script {
  readonly text: string;
  /** SHA-1 in hex, by which Redis remembers it. */
  readonly sha: string;
}

export function defineScript(text: string): Script {
  return { text, sha: createHash("sha1").update(text, "utf8").digest("hex") };
}
