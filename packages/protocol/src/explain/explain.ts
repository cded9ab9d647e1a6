import { unreachable } from "../result.ts";
import { explainSubscription } from "./explain-channel.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { explainRequest } from "./explain-request.ts";
import { explainSignin } from "./explain-user.ts";
import type { Explanation } from "./explanation.ts";
import type { Refusal } from "./refusal.ts";

/**
 * Works out why a signature was refused, by recomputing it the ways that people get it wrong.
 *
 * Synchronous, and bounded by the limits whatever it is given; never throws. Its time depends on the cause, so an answer
 * to a client must not wait for it.
 */
export function explain(refusal: Refusal, options: ExplainOptions): Explanation {
  switch (refusal.kind) {
    case "channel":
      return explainSubscription(refusal, options);
    case "user":
      return explainSignin(refusal, options);
    case "request":
      return explainRequest(refusal, options);
    default:
      return unreachable(refusal);
  }
}
