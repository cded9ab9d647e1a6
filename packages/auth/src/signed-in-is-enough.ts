import type { ChannelRule, Member } from "./rule.ts";

const MEANT = new WeakSet<object>();

/**
 * A rule that says aloud what a forgotten check would do in silence: everybody who is signed in may join.
 *
 * @param member for presence channels, as whom.
 */
export function signedInIsEnough<User = unknown>(): ChannelRule<unknown, true, User>;
export function signedInIsEnough<User>(member: (user: User) => Member): ChannelRule<unknown, Member, User>;
export function signedInIsEnough<User>(
  member?: (user: User) => Member,
): ChannelRule<unknown, Member | true, User> {
  const rule: ChannelRule<unknown, Member | true, User> = (_params, { user }) => member?.(user) ?? true;
  MEANT.add(rule);
  return rule;
}

export function isMeantForEverybody(rule: object): boolean {
  return MEANT.has(rule);
}
