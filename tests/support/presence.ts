import { dataOf, type Frame } from "./socket.ts";

/** The members that a presence channel's `subscription_succeeded` lists. */
export interface Members {
  readonly count: number;
  readonly ids: readonly string[];
  readonly hash: Readonly<Record<string, unknown>>;
}

export function membersOf(frame: Frame): Members {
  const { presence } = dataOf(frame);
  return presence as Members;
}
