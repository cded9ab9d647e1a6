import { commonText, textOutside } from "./automaton.ts";
import type { DefinedRule } from "./channels.ts";
import { haveSameKind } from "./pattern.ts";
import { isSignedInEnough } from "./probe-rule.ts";

/**
 * Something about the rules that may not be meant.
 *
 * - `overlap`: two rules are for one channel; the first one decides.
 * - `unreachable`: earlier rules are for every channel that this one is for.
 * - `signed_in_is_enough`: the rule looks neither at its parameters nor at who the user is, so that everybody who is
 *   signed in may join every channel of the pattern.
 */
export interface RuleWarning {
  readonly kind: "overlap" | "unreachable" | "signed_in_is_enough";
  readonly pattern: string;
  /** The earlier rule of an overlap. */
  readonly earlier?: string;
  /** A channel that shows it. */
  readonly channel?: string;
  readonly message: string;
}

/**
 * Points out rules that contradict each other or allow too much.
 *
 * To find the latter it calls rules with stand-ins for their arguments, and stops each at the first look at one.
 */
export async function lintRules<User>(channels: {
  readonly rules: readonly DefinedRule<User>[];
}): Promise<readonly RuleWarning[]> {
  const { rules } = channels;
  const open = await Promise.all(rules.map(isSignedInEnough));
  return [
    ...rules.flatMap((rule, index) => conflicts(rule, rules.slice(0, index))),
    ...rules.filter((_, index) => open[index]).map(signedInIsEnoughFor),
  ];
}

/** Lints and says what was found, in its own time; for the start of an endpoint in development. */
export function warnAboutRules<User>(
  rules: readonly DefinedRule<User>[],
  onWarning: (message: string) => void,
): void {
  lintRules({ rules })
    .then((warnings) => {
      for (const { message } of warnings) onWarning(message);
    })
    .catch(() => {}); // Whoever cannot take a warning goes without.
}

function conflicts<User>(
  { pattern }: DefinedRule<User>,
  all: readonly DefinedRule<User>[],
): readonly RuleWarning[] {
  const earlier = all
    .map((rule) => rule.pattern)
    .filter(({ traits }) => haveSameKind(traits, pattern.traits));
  const covering = earlier.map(({ automaton }) => automaton);
  if (textOutside(pattern.automaton, covering) === undefined) {
    const message = `${pattern.text}: earlier rules are for every channel of this one, so it never decides`;
    return [{ kind: "unreachable", pattern: pattern.text, message }];
  }
  return earlier.flatMap((other): RuleWarning[] => {
    const channel = commonText(other.automaton, pattern.automaton);
    // Automata know neither of prefixes such as private-cache- nor of numbers that are too large.
    if (channel === undefined || !other.match(channel) || !pattern.match(channel)) return [];
    const message = `${pattern.text}: ${other.text} comes first and decides about ${channel} and others that both are for`;
    return [{ kind: "overlap", pattern: pattern.text, earlier: other.text, channel, message }];
  });
}

function signedInIsEnoughFor<User>({ pattern }: DefinedRule<User>): RuleWarning {
  const message = `${pattern.text}: everybody who is signed in may join; if that is meant, say so with signedInIsEnough`;
  return { kind: "signed_in_is_enough", pattern: pattern.text, message };
}
