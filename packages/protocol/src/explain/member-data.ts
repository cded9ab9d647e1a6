import { isJsonObject, parseJsonObject } from "../json-object.ts";
import type { Finding } from "./explanation.ts";
import { typeName } from "./read-auth.ts";

/** What is wrong with `channel_data` before anything is computed. */
export function channelDataTypeFault(
  data: unknown,
  isPresence: boolean,
  isSignedIn: boolean,
): Finding | undefined {
  if (typeof data === "string" && data !== "") return undefined;
  if (data !== undefined && data !== null && data !== "") {
    return { cause: "channel_data_object", evidence: { type: typeName(data) } };
  }
  return isPresence && !isSignedIn ? { cause: "channel_data_missing" } : undefined;
}

/** What is wrong inside `channel_data` that is rightly signed. */
export function channelDataFault(data: string): Finding | undefined {
  const member = parseJsonObject(data);
  if (!member) return { cause: isDoubled(data) ? "channel_data_double_encoded" : "channel_data_not_json" };
  const { user_id: userId } = member;
  if ((typeof userId === "string" && userId !== "") || typeof userId === "number") return undefined;
  return { cause: "user_id_missing", evidence: { found: foundIn(member, "user_id") } };
}

export function userDataTypeFault(data: unknown): Finding | undefined {
  if (typeof data === "string" && data !== "") return undefined;
  if (data === undefined || data === null || data === "") return { cause: "user_data_missing" };
  return { cause: "user_data_object", evidence: { type: typeName(data) } };
}

export function userDataFault(data: string): Finding | undefined {
  const user = parseJsonObject(data);
  if (!user) return { cause: isDoubled(data) ? "user_data_double_encoded" : "user_data_not_json" };
  if (typeof user.id === "string" && user.id !== "") return undefined;
  return { cause: "user_data_id_invalid", evidence: { found: foundIn(user, "id") } };
}

/** The id in `user_data`, as text; undefined when it has none. */
export function userOfData(data: string): string | undefined {
  const id = parseJsonObject(data)?.id;
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

/** What stands where an id should, without its value: it may be anything. */
function foundIn(object: Readonly<Record<string, unknown>>, name: string): string {
  if (Object.hasOwn(object, name)) {
    return object[name] === "" ? `${name} is empty` : `${name} is ${typeName(object[name])}`;
  }
  const names = Object.keys(object).slice(0, MOST_NAMES);
  return names.length === 0 ? "it is empty" : `it has ${names.join(", ")}`;
}

const MOST_NAMES = 8;

function isDoubled(data: string): boolean {
  try {
    const inner: unknown = JSON.parse(data);
    return typeof inner === "string" && isJsonObject(JSON.parse(inner));
  } catch {
    return false;
  }
}
