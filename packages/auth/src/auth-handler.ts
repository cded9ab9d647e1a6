import { fail, ok, type Result } from "@usher/protocol";
import type { Answer } from "./answer.ts";
import { type AuthRequest, parseAuthRequest } from "./auth-request.ts";
import { authorizeChannel } from "./authorize-channel.ts";
import { allowsPreflight, corsHeaders, preflightHeaders } from "./cors.ts";
import { readCredentials } from "./credentials.ts";
import { findUser } from "./find-user.ts";
import { type Callback, parseCallback } from "./jsonp.ts";
import { warnAboutRules } from "./lint-rules.ts";
import { type AuthHandlerOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { originOf } from "./origin.ts";
import { type Parameters, parseParameters } from "./parse-parameters.ts";
import { readBody } from "./read-body.ts";
import { FAILED, FORBIDDEN, malformed, NOT_SIGNED_IN, type Refusal } from "./refusal.ts";
import { urlOf } from "./request-url.ts";
import { jsonpResponse, jsonResponse } from "./responses.ts";
import { signSignIn } from "./sign-answer.ts";

/**
 * An authorization endpoint: web-standard request in, response out. Never throws.
 *
 * @param context whatever `user` and the settings want to know beyond the request; adapters hand on the framework's.
 */
export type AuthHandler<Context = unknown> = (request: Request, context?: Context) => Promise<Response>;

/**
 * Makes the endpoint that clients ask before they subscribe to private and presence channels and before they sign in.
 *
 * @throws TypeError for options that can only be a slip.
 */
export function createAuthHandler<User, Context = unknown>(
  options: AuthHandlerOptions<User, Context>,
): AuthHandler<Context> {
  const resolved = resolveOptions(options);
  if (resolved.development) warnAboutRules(resolved.channels.rules, resolved.onWarning);
  return (request, context) => handle(resolved, request, context as Context);
}

async function handle<User, Context>(
  options: ResolvedOptions<User, Context>,
  request: Request,
  context: Context,
): Promise<Response> {
  if (request.method === "OPTIONS") return answerOptions(options, request);
  const respond = (answer: Answer): Response =>
    jsonResponse(answer, corsHeaders(request, options.cors), allowedMethods(options));
  let callback: Callback | undefined;
  try {
    const received = await receive(options, request);
    if (!received.ok) return respond(received);
    callback = received.value.callback;
    const answer = await decide(options, request, context, received.value);
    return callback === undefined ? respond(answer) : jsonpResponse(callback, answer);
  } catch (error) {
    reportSafely(options, error, request);
    return callback === undefined ? respond(fail(FAILED)) : jsonpResponse(callback, fail(FAILED));
  }
}

interface Received {
  readonly parameters: Parameters;
  /** What a GET of the `jsonp` transport wants to have called. */
  readonly callback?: Callback;
}

async function receive<User, Context>(
  options: ResolvedOptions<User, Context>,
  request: Request,
): Promise<Result<Received, Refusal>> {
  if (request.method === "GET" && options.jsonp !== undefined) return receiveJsonp(request);
  if (request.method !== "POST") return fail({ status: 405, error: `${request.method} is not allowed here` });
  const body = await readBody(request, options.maxBodyBytes);
  if (!body.ok) return body;
  const parameters = await parseParameters(request.headers.get("content-type"), body.value);
  return parameters.ok ? ok({ parameters: parameters.value }) : parameters;
}

function receiveJsonp(request: Request): Result<Received, Refusal> {
  const parameters = [...urlOf(request).searchParams];
  const [name, ...more] = parameters.filter(([key]) => key === "callback").map(([, value]) => value);
  if (name === undefined) return fail(malformed("callback", "is missing"));
  const callback = more.length === 0 ? parseCallback(name) : undefined;
  if (callback === undefined) return fail(malformed("callback", "is no name of a function"));
  return ok({ parameters, callback });
}

/** The cheapest check first: nobody is looked up for a request that cannot be understood or comes from elsewhere. */
async function decide<User, Context>(
  options: ResolvedOptions<User, Context>,
  request: Request,
  context: Context,
  { parameters, callback }: Received,
): Promise<Answer> {
  const purpose = options.isUserRequest(request) ? "user" : "channel";
  const asked = parseAuthRequest(parameters, purpose, options.maxChannels);
  if (!asked.ok) return asked;
  const others = otherParameters(parameters);
  const isOurs = callback === undefined ? passesCsrf : allowsJsonp;
  if (!(await isOurs(options, request, others))) return fail(FORBIDDEN);

  const user = await findUser(() => options.user(request, context, others));
  if (user === undefined) return fail(NOT_SIGNED_IN);
  return purpose === "user"
    ? authenticateUser(options, request, context, asked.value, user)
    : authorizeChannels(options, request, context, asked.value, user);
}

async function authenticateUser<User, Context>(
  options: ResolvedOptions<User, Context>,
  request: Request,
  context: Context,
  { socketId }: AuthRequest,
  user: User,
): Promise<Answer> {
  const signingIn = await options.channels.decideUser(user, { request, socketId });
  if (signingIn === false) return fail(FORBIDDEN);
  return ok(await signSignIn(await readCredentials(options, context), socketId, signingIn));
}

async function authorizeChannels<User, Context>(
  options: ResolvedOptions<User, Context>,
  request: Request,
  context: Context,
  { socketId, channels, isBatch }: AuthRequest,
  user: User,
): Promise<Answer> {
  const credentials = await readCredentials(options, context);
  const answers = await Promise.all(
    channels.map(async (channel): Promise<Answer> => {
      try {
        return await authorizeChannel(options, credentials, { request, socketId, channel, user });
      } catch (error) {
        // One rule's fault is no reason to refuse the other channels.
        reportSafely(options, error, request);
        return fail(FAILED);
      }
    }),
  );
  const [single] = answers;
  return isBatch || single === undefined ? ok(byChannel(channels, answers)) : single;
}

/** The answer to a batch, as the pusher-js-auth plug-in reads it. */
function byChannel(channels: readonly string[], answers: readonly Answer[]): object {
  // Not by assignment, which would lose a channel named __proto__.
  return Object.fromEntries(
    answers.map((answer, index) => [
      channels[index] ?? "",
      answer.ok ? { status: 200, data: answer.value } : verdict(answer.error),
    ]),
  );
}

function verdict({ status, error }: Refusal): object {
  return status === 400 ? { status, error } : { status };
}

async function passesCsrf<User, Context>(
  { csrf }: ResolvedOptions<User, Context>,
  request: Request,
  parameters: URLSearchParams,
): Promise<boolean> {
  return csrf === undefined || (await csrf(request, parameters));
}

async function allowsJsonp<User, Context>(
  { jsonp }: ResolvedOptions<User, Context>,
  request: Request,
  parameters: URLSearchParams,
): Promise<boolean> {
  if (jsonp?.origins !== undefined && !jsonp.origins.includes(originOf(request) ?? "")) return false;
  return jsonp?.token === undefined || (await jsonp.token(request, parameters));
}

function otherParameters(parameters: Parameters): URLSearchParams {
  const texts = parameters.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return new URLSearchParams(
    texts.filter(([name]) => !/^(?:socket_id|channel_name(?:\[.*\])?)$/s.test(name)),
  );
}

function answerOptions<User, Context>(options: ResolvedOptions<User, Context>, request: Request): Response {
  const isPreflight = request.headers.has("access-control-request-method");
  if (isPreflight && allowsPreflight(request, options.cors)) {
    return new Response(null, { status: 204, headers: preflightHeaders(request, options.cors) });
  }
  const headers = { ...corsHeaders(request, options.cors), Allow: allowedMethods(options) };
  if (!isPreflight) return new Response(null, { status: 204, headers });
  const refusal: Refusal = { status: 403, error: "This origin is not among cors.origins" };
  return jsonResponse(fail(refusal), headers, allowedMethods(options));
}

function allowedMethods<User, Context>({ jsonp }: ResolvedOptions<User, Context>): string {
  return jsonp === undefined ? "POST, OPTIONS" : "POST, GET, OPTIONS";
}

/** A log that fails must not take the answer with it. */
function reportSafely<User, Context>(
  { onError }: ResolvedOptions<User, Context>,
  error: unknown,
  request: Request,
): void {
  try {
    onError(error, request);
  } catch {
    // There is nobody left to tell.
  }
}
