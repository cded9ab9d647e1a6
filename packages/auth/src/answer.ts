import type { Result } from "@usher/protocol";
import type { Refusal } from "./refusal.ts";

/** The body of a 200, or why there is none. */
export type Answer = Result<object, Refusal>;
