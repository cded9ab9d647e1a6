import { channelTraits, unreachable } from "@usher/protocol";
import { haveSameKind, type Pattern } from "./pattern.ts";
import type { Decision } from "./rule.ts";

/** Says in one sentence what was decided and why. Holds a channel's name, but nothing about a user. */
export function explainDecision(channel: string, decision: Decision, patterns: readonly Pattern[]): string {
  if (decision.allowed) return `${channel}: allowed by the rule ${decision.rule}`;
  switch (decision.reason) {
    case "channel_invalid":
      return `${JSON.stringify(channel)} is no channel name: 1 to 200 of A-Z a-z 0-9 _ - = @ , . ;`;
    case "channel_public":
      return `${channel}: needs no authorization; its name begins with neither private- nor presence-`;
    case "not_signed_in":
      return `${channel}: nobody is signed in`;
    case "rule":
      return `${channel}: refused by the rule ${decision.rule}`;
    case "no_rule":
      return [`${channel}: no rule is for it`, ...nearMisses(channel, patterns)].join("; ");
    default:
      return unreachable(decision.reason);
  }
}

function nearMisses(channel: string, patterns: readonly Pattern[]): string[] {
  const traits = channelTraits(channel);
  return patterns.flatMap((pattern) => {
    const params = pattern.resemble(channel);
    if (params === undefined) return [];
    if (!haveSameKind(traits, pattern.traits)) return [`${pattern.text} is for another kind of channel`];
    const values = Object.entries(params).map(([name, text]) => `${name} would be "${text}"`);
    return [`${pattern.text} does not match: ${values.join(", ")}`];
  });
}
