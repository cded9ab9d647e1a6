import type { Answer } from "./answer.ts";
import { type Callback, jsonpBody } from "./jsonp.ts";
import type { Refusal } from "./refusal.ts";

/** Every answer but to a script: JSON, whatever the status. */
export function jsonResponse(
  answer: Answer,
  headers: Readonly<Record<string, string>>,
  allowedMethods: string,
): Response {
  if (answer.ok) return respond(200, JSON.stringify(answer.value), headers);
  const { status, error, parameter } = answer.error;
  const allow = status === 405 ? { Allow: allowedMethods } : {};
  return respond(status, JSON.stringify({ error, parameter }), { ...headers, ...allow });
}

/**
 * The answer to a script. It calls back only with what it was asked for: the page has no way to hear of a refusal, whose
 * channel stays pending, so a refusal is a status with an empty body.
 */
export function jsonpResponse(callback: Callback, answer: Answer): Response {
  if (!answer.ok) return jsonpRefusal(answer.error);
  return new Response(jsonpBody(callback, answer.value), {
    headers: { ...ALWAYS, "Content-Type": "application/javascript; charset=utf-8" },
  });
}

function jsonpRefusal(refusal: Refusal): Response {
  const { status, error, parameter } = refusal;
  // A developer who opens the address in a tab reads this; a script element does not run it.
  if (status === 400) return respond(status, JSON.stringify({ error, parameter }), {});
  return new Response(null, { status, headers: ALWAYS });
}

/** A signature is for one connection and one user: no cache may keep it. */
const ALWAYS = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

function respond(status: number, body: string, headers: Readonly<Record<string, string>>): Response {
  return new Response(body, {
    status,
    headers: { ...ALWAYS, "Content-Type": "application/json", ...headers },
  });
}
