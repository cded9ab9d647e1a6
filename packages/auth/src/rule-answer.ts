import { isJsonObject } from "@usher/protocol";
import type { Member, UserToSignIn } from "./rule.ts";
import { RuleError } from "./rule-error.ts";

/** The server refuses longer ones. */
const LONGEST_USER_ID = 128;

/** The member that a rule for a presence channel answered. @throws RuleError for anything else. */
export function checkMember(answer: unknown, rule: string): Member {
  if (!isJsonObject(answer)) {
    throw new RuleError(`the rule ${rule} must answer false or the member, { id, info }`);
  }
  return { id: checkId(answer.id, `the rule ${rule}`), ...checkInfo(answer.info, `the rule ${rule}`) };
}

/** The user that the rule for sign-in answered. @throws RuleError for anything else. */
export function checkUser(answer: unknown): UserToSignIn {
  if (!isJsonObject(answer))
    throw new RuleError("the user rule must answer false or the user, { id, info, watchlist }");
  const { watchlist } = answer;
  if (
    watchlist !== undefined &&
    !(Array.isArray(watchlist) && watchlist.every((id) => typeof id === "string"))
  ) {
    throw new RuleError("the user rule answered a watchlist that is no list of strings");
  }
  return {
    id: checkId(answer.id, "the user rule"),
    ...checkInfo(answer.info, "the user rule"),
    ...(watchlist === undefined ? {} : { watchlist }),
  };
}

function checkId(id: unknown, who: string): string {
  const text = Number.isSafeInteger(id) ? String(id) : id;
  // The text "undefined" or "[object Object]" would make one member of everybody.
  if (typeof text !== "string" || text === "") {
    throw new RuleError(`${who} answered an id that is neither a non-empty string nor an integer`);
  }
  if (text.length > LONGEST_USER_ID) {
    throw new RuleError(`${who} answered an id of more than ${LONGEST_USER_ID} characters`);
  }
  return text;
}

function checkInfo(info: unknown, who: string): { readonly info?: object } {
  if (info === undefined) return {};
  if (!isJsonObject(info)) throw new RuleError(`${who} answered an info that is no object`);
  return { info };
}
