import { channelTraits, parseJsonObject } from "@usher/protocol";
import { printable } from "../printable.ts";
import type { Answer } from "./ask.ts";
import { type Problem, problem } from "./problems.ts";
import { authOf } from "./signed-answer.ts";

/** An answer that came, from wherever the request was sent on to. */
export type Answered = Extract<Answer, { kind: "answered" }>;

/** What is wrong with the transport of an answer that should be a permission. Its JSON is somebody else's matter. */
export function transportProblems(answer: Answer, method: string): readonly Problem[] {
  switch (answer.kind) {
    case "none":
      return [noAnswer(answer)];
    case "elsewhere":
      return [problem("redirected_elsewhere", { to: printable(answer.to) })];
    case "answered": {
      const [to] = answer.redirects;
      const redirected = to === undefined ? [] : [problem("redirected", { to: printable(to) })];
      return [...redirected, ...statusProblems(answer, method), ...headerProblems(answer, method)];
    }
  }
}

/** What a client of this protocol makes of the answer, wrong as it may be. */
export function reaction(answer: Answer, channel: string | undefined): string {
  const event = channel === undefined ? "pusher:signin_error" : "pusher:subscription_error";
  if (answer.kind === "none" && answer.reason === "timeout") return "waits on; there is no time limit";
  if (answer.kind !== "answered") return failing(event, 0);
  const { status, body } = answer;
  if (status !== 200) {
    const others = status === 201 ? "; the Java and Swift clients take 201" : "";
    return failing(event, status) + others;
  }
  const json = parseJsonObject(body);
  if (json === undefined) return failing(event, 200);
  if (channel !== undefined) {
    const { isEncrypted, isPresence } = channelTraits(channel);
    if (isEncrypted && typeof json.shared_secret !== "string") {
      return `emits ${event} without a status: "No shared_secret key in auth payload"`;
    }
    if (isPresence && authOf(body) !== undefined && typeof json.channel_data !== "string") {
      return `emits ${event} without an error text, unless the connection is signed in`;
    }
  }
  const what = channel === undefined ? "signs in" : "subscribes";
  return authOf(body) === undefined
    ? `${what} without a signature, which the server refuses`
    : `${what} with this answer`;
}

function failing(event: string, status: number): string {
  return `emits ${event} with status ${status}, sends nothing to the server, and asks again when it reconnects`;
}

function noAnswer({ reason, detail }: Extract<Answer, { kind: "none" }>): Problem {
  switch (reason) {
    case "timeout":
      return problem("timeout", { seconds: detail });
    case "too_large":
      return problem("answer_too_large");
    case "endless":
      return problem("redirects_endless");
    case "unreachable":
      return problem("unreachable", { reason: printable(detail) });
  }
}

function statusProblems({ status, body }: Answered, method: string): readonly Problem[] {
  if (status === 200) return isHtml(body) ? [problem("login_page")] : [];
  if (status === 419 || ((status === 403 || status === 400) && /csrf|forgery|xsrf/i.test(body))) {
    return [problem("csrf_refused", { status })];
  }
  if (status === 401) return [problem("not_signed_in")];
  if (status === 403) return [problem("forbidden")];
  if (status === 404 || status === 405) return [problem("wrong_address", { method, status })];
  if (status === 415) return [problem("form_not_accepted")];
  if (status >= 500) return [problem("server_error", { status })];
  if (status < 400) return [problem("status_not_200", { status })];
  const text = printable(body.trim().slice(0, 120)) || "an empty body";
  return [problem("request_refused", { status, text })];
}

function headerProblems({ status, headers, body }: Answered, method: string): readonly Problem[] {
  if (status !== 200 || parseable(body) === undefined) return [];
  const found = cacheProblems(headers, method);
  const type = headers.get("content-type") ?? "";
  if (method === "POST" && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    return [...found, problem("content_type_wrong", { type: printable(type) || "no type at all" })];
  }
  return found;
}

/** Answers to GET are kept by default, answers to POST only when they say so. */
export function cacheProblems(headers: Headers, method: string): readonly Problem[] {
  const cacheControl = headers.get("cache-control") ?? "";
  if (/\bno-store\b/i.test(cacheControl)) return [];
  const isKept = /\b(?:public|immutable|(?:s-)?max-?age=[1-9])/i.test(cacheControl);
  if (isKept || method === "GET") {
    return [problem("answer_cacheable", { cacheControl: printable(cacheControl) || "no Cache-Control" })];
  }
  return [problem("no_store_missing")];
}

/** A page, as login and error pages are. */
export function isHtml(body: string): boolean {
  return /^\s*<(?:!doctype|html|head|body|\?xml|!--)/i.test(body);
}

function parseable(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
