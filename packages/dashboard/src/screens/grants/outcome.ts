import type { GrantsRevoked } from "../../api/grants.ts";
import { counted, whole } from "../../ui/numbers.ts";

/** How much ended, in a sentence. */
export function outcomeOf({ ended }: GrantsRevoked): string {
  const { connections, subscriptions, sign_ins, within_seconds } = ended;
  if (connections === 0) return "Nobody held anything of it right now.";
  const parts = [
    counted(subscriptions, "subscription"),
    ...(sign_ins > 0 ? [counted(sign_ins, "sign-in")] : []),
  ];
  const closing = within_seconds > 1 ? ` The last is closed within ${whole(within_seconds)} seconds.` : "";
  return `${parts.join(" and ")} ended on ${counted(connections, "connection")}.${closing}`;
}
