import type { Webhook } from "../../api/webhooks.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";

/** How an endpoint fares, in a word. */
export function EndpointState({ webhook }: { readonly webhook: Webhook }) {
  const [tone, text] = stateOf(webhook);
  return <Badge tone={tone}>{text}</Badge>;
}

function stateOf({
  enabled,
  disabled_reason,
  failing_since,
  last_attempt,
}: Webhook): readonly [Tone, string] {
  if (!enabled) return disabled_reason === null ? ["neutral", "disabled"] : ["bad", "disabled by Usher"];
  if (failing_since !== null) return ["bad", "failing"];
  if (last_attempt === null) return ["neutral", "nothing sent yet"];
  return last_attempt.error === null ? ["good", "working"] : ["warn", "last request failed"];
}
