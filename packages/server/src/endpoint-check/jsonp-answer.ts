import { printable } from "../printable.ts";
import { type Answered, cacheProblems } from "./ajax-answer.ts";
import { type Problem, problem } from "./problems.ts";

/** The name that pusher-js gives its first callback. */
export const CALLBACK = "Pusher.auth_callbacks['1']";
/** A name that nobody's callback has, and that would run as code. */
export const HOSTILE_CALLBACK = "alert(document.domain)//";

/** What is wrong with a script of status 200, and the JSON that it calls back with. */
export function readScript({ headers, body }: Answered): {
  readonly json: string | undefined;
  readonly problems: readonly Problem[];
} {
  const type = headers.get("content-type") ?? "";
  const isScript = /^(?:application|text)\/(?:x-)?(?:java|ecma)script\b/i.test(type);
  const json = CALL.exec(body.trim())?.[1];
  return {
    json,
    problems: [
      ...(isScript ? [] : [problem("jsonp_content_type", { type: printable(type) || "no type at all" })]),
      ...(hasNosniff(headers) ? [] : [problem("jsonp_no_nosniff")]),
      ...(json === undefined ? [problem("jsonp_not_called", { callback: CALLBACK })] : []),
      ...cacheProblems(headers, "GET"),
    ],
  };
}

export function isReflected({ status, body }: Answered): boolean {
  return status === 200 && body.includes(HOSTILE_CALLBACK);
}

// 1 and '1' name the same property, so endpoints that take the quotes away work.
const CALL =
  /^(?:\/\*\*\/)?\s*(?:typeof [^;]{0,80}&&\s*)?Pusher\.auth_callbacks\[(?:1|'1'|"1")\]\s*\(([\s\S]*)\)\s*;?$/;

function hasNosniff(headers: Headers): boolean {
  return headers.get("x-content-type-options")?.trim().toLowerCase() === "nosniff";
}
