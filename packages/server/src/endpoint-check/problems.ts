/**
 * Everything that can be wrong with how an endpoint answers, in one table; what is wrong with a signed answer itself is in
 * the table of causes that the server explains its refusals with. Codes are stable. What only `warns` leaves the exit code
 * alone. `{placeholders}` are filled in.
 */
export const PROBLEMS = {
  // No answer, or one from elsewhere.
  unreachable: {
    level: "fails",
    message: "no answer: {reason}",
    fix: "Start the endpoint, and check the address.",
  },
  timeout: {
    level: "fails",
    message: "no answer within {seconds} seconds; pusher-js has no time limit and the channel stays pending",
    fix: "Look at what the endpoint waits for: a session store, a database, another request to itself.",
  },
  answer_too_large: {
    level: "fails",
    message: "the answer has more than 64 KiB",
    fix: "Answer with the server library's JSON alone, a few hundred bytes.",
  },
  redirected: {
    level: "fails",
    message: "the request is redirected to {to}",
    fix: "Answer 401 or 403 in place of a redirect to a login page, and use the address that needs none, slash at its end included.",
  },
  redirected_elsewhere: {
    level: "fails",
    message: "the request is redirected to another origin, {to}, which was not asked",
    fix: "Use that address itself if it is the endpoint's, such as https in place of http; otherwise answer 401 or 403.",
  },
  redirects_endless: {
    level: "fails",
    message: "the request is redirected more than 5 times",
    fix: "Answer at the address itself.",
  },

  // The status.
  status_not_200: {
    level: "fails",
    message: "the status is {status}; pusher-js takes 200 and nothing else",
    fix: "Answer with status 200 and the server library's JSON.",
  },
  csrf_refused: {
    level: "fails",
    message: "the framework's CSRF check refuses the request with status {status}",
    fix: "Send the token in channelAuthorization.headers or params, or exempt this path; --header and --param send it here.",
  },
  not_signed_in: {
    level: "fails",
    message: "the endpoint does not know who asks (status 401)",
    fix: "Give the session or token with --header or --param, and let the page send it in channelAuthorization.",
  },
  forbidden: {
    level: "fails",
    message: "the endpoint refuses (status 403)",
    fix: "If this user may join, mend the rule; check that the session or token reaches the endpoint.",
  },
  wrong_address: {
    level: "fails",
    message: "nothing answers {method} at this address (status {status})",
    fix: "Check the path and the method of the route: pusher-js sends POST, and GET for JSONP.",
  },
  form_not_accepted: {
    level: "fails",
    message: "the endpoint does not take a form (status 415); it may parse JSON only",
    fix: "Parse application/x-www-form-urlencoded bodies on this route.",
  },
  request_refused: {
    level: "fails",
    message: "the endpoint refuses the request with status {status}: {text}",
    fix: "Compare what it expects with what pusher-js sends: a form with socket_id and channel_name.",
  },
  server_error: {
    level: "fails",
    message: "the endpoint fails with status {status}",
    fix: "Look at its log; often the server library was made without its settings, or the form was not parsed.",
  },

  // The body and its headers.
  login_page: {
    level: "fails",
    message: "status 200 with an HTML page, as a login page is",
    fix: "Answer 401 or 403 where nobody is signed in; send no page to a script.",
  },
  content_type_wrong: {
    level: "warns",
    message: "JSON is sent as {type}",
    fix: "Send Content-Type: application/json; as HTML, a browser that opens the answer would run what is in it.",
  },
  answer_cacheable: {
    level: "fails",
    message: "caches may keep the answer ({cacheControl}), which is for one connection alone",
    fix: "Send Cache-Control: no-store, and keep service workers and proxies away from this path.",
  },
  no_store_missing: {
    level: "warns",
    message: "the answer has no Cache-Control: no-store",
    fix: "Send Cache-Control: no-store.",
  },
  signature_wrong: {
    level: "fails",
    message: "the signature is not one of this app's secret, and no known mistake explains it",
    fix: "Give the endpoint the key and secret of the app that the page connects to; compare the text it signs with {text}.",
  },
  answer_repeated: {
    level: "fails",
    message:
      "two connections got the same signature: the answer comes from a cache, or the socket id is not signed",
    fix: "Sign the socket_id of each request, and send Cache-Control: no-store.",
  },

  // Who gets an answer.
  open_to_everybody: {
    level: "warns",
    message: "the endpoint signed for a request without any session or token",
    fix: "Let the endpoint find out who asks; for a check with a session, give it with --header or --param.",
  },
  anonymous_allowed: {
    level: "fails",
    message: "the endpoint signs without the session or token, too",
    fix: "Refuse with 401 or 403 whoever is not signed in.",
  },
  wrong_user_allowed: {
    level: "fails",
    message: "the endpoint signs for the user of --wrong-header, too",
    fix: "Compare the channel with what the user may join before signing.",
  },
  denied_allowed: {
    level: "fails",
    message: "the endpoint signs for {channel}, which this user must not join",
    fix: "Compare the channel with what the user may join before signing.",
  },
  refusal_with_200: {
    level: "fails",
    message: "the refusal has status 200, which pusher-js takes for a permission",
    fix: "Refuse with status 403.",
  },
  socket_id_unchecked: {
    level: "fails",
    message: "the endpoint signs for the socket id {socketId}, which no connection has",
    fix: "Check socket_id as a whole with ^\\d+\\.\\d+$, without the m flag and without a line end, before signing.",
  },
  channel_name_unchecked: {
    level: "fails",
    message: "the endpoint signs for the channel name {channel}, which no channel has",
    fix: "Check channel_name as a whole against A-Z a-z 0-9 _ - = @ , . ; before signing.",
  },
  public_channel_signed: {
    level: "warns",
    message: "the endpoint signs for the public channel {channel}",
    fix: "Refuse channels that begin with neither private- nor presence-.",
  },
  malformed_not_refused: {
    level: "warns",
    message: "malformed input ends in status {status}: it was not checked but ran into an error",
    fix: "Check socket_id and channel_name first and answer 400.",
  },

  // Pages on other origins.
  cors_missing: {
    level: "fails",
    message: "the answer has no Access-Control-Allow-Origin for {origin}",
    fix: "Send Access-Control-Allow-Origin with the page's origin, on refusals too.",
  },
  cors_wildcard_credentials: {
    level: "fails",
    message: "Access-Control-Allow-Origin is * together with Access-Control-Allow-Credentials",
    fix: "Name the origins that may read answers; browsers refuse the combination.",
  },
  cors_reflects_any_origin: {
    level: "fails",
    message: "any origin may read answers, with credentials",
    fix: "Compare Origin with a list, and send back only what is on it.",
  },
  cookies_not_sent: {
    level: "fails",
    message: "pusher-js sends no cookies from {origin} to another origin",
    fix: "Serve the endpoint from the page's origin, or send a token in channelAuthorization.headers.",
  },
  preflight_failed: {
    level: "fails",
    message: "the browser asks first (OPTIONS) because of {headers}, and gets status {status}",
    fix: "Answer OPTIONS with 204 and the Access-Control headers, before any check of sessions or tokens.",
  },
  preflight_headers_missing: {
    level: "fails",
    message: "Access-Control-Allow-Headers leaves out {headers}",
    fix: "Name each header that the page sends; * does not stand for Authorization, nor for anything with credentials.",
  },

  // JSONP.
  jsonp_content_type: {
    level: "fails",
    message: "the script is sent as {type}",
    fix: "Send Content-Type: application/javascript; charset=utf-8.",
  },
  jsonp_no_nosniff: {
    level: "fails",
    message: "the script lacks X-Content-Type-Options: nosniff",
    fix: "Send X-Content-Type-Options: nosniff.",
  },
  jsonp_not_called: {
    level: "fails",
    message: "the script does not call {callback}",
    fix: "Answer with /**/callback(JSON); and accept the name that pusher-js sends, brackets and quotes included.",
  },
  jsonp_callback_reflected: {
    level: "fails",
    message: "the script repeats whatever is given as callback, so that a link can run code",
    fix: "Check callback as a whole: dotted identifiers, [digits] and ['words']; refuse everything else with 400.",
  },
  jsonp_any_site: {
    level: "warns",
    message: "the script is served to pages of any site, which could join in the name of your users",
    fix: "Check Origin or Referer, or demand a token in the query; better, turn JSONP off.",
  },

  // Batches.
  batch_not_supported: {
    level: "fails",
    message: "the endpoint does not answer a batch with a map by channel",
    fix: 'Answer {"channel":{"status":200,"data":{"auth":"..."}}} with status 200, or send single requests.',
  },
  batch_channel_missing: {
    level: "fails",
    message: "the answer leaves out {channel}",
    fix: "Give every channel of the batch its own entry, refusals too.",
  },
  batch_channel_refused: {
    level: "fails",
    message: "the endpoint refuses {channel} (status {status})",
    fix: "If this user may join, mend the rule; a body parser may have cut or renamed channel_name[0].",
  },
} as const satisfies Record<string, ProblemSpec>;

interface ProblemSpec {
  readonly level: Problem["level"];
  readonly message: string;
  readonly fix: string;
}

export type ProblemCode = keyof typeof PROBLEMS;

/** One thing that was found. */
export interface Problem {
  readonly code: string;
  readonly level: "fails" | "warns";
  readonly message: string;
  readonly fix: string;
}

export function problem(code: ProblemCode, details: Readonly<Record<string, string | number>> = {}): Problem {
  const { level, message, fix } = PROBLEMS[code];
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
  return { code, level, message: fill(message), fix: fill(fix) };
}
