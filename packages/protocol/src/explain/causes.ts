/**
 * Every cause that a refusal can be traced to, in one table. The code is a stable name for logs, metrics, the CLI and
 * `docs/pitfalls.md`. `message` says what was found and `fix` what to change; `{placeholders}` are filled with evidence.
 */
export const CAUSES = {
  // The auth value.
  auth_absent: {
    message: "The client sent no auth value",
    fix: "Answer the authorization request with a JSON object whose auth is the server library's, with status 200.",
  },
  auth_not_a_string: {
    message: "auth is {type}, not a string",
    fix: 'Answer {"auth":"key:signature"}; auth is one string.',
  },
  auth_double_encoded: {
    message: "auth holds a whole answer instead of key:signature: the answer was encoded twice",
    fix: "Send the server library's answer as the body itself; encode it as JSON once.",
  },
  auth_malformed: {
    message: "auth is not of the form key:signature",
    fix: "Return the auth value of the server library unchanged.",
  },
  auth_wrapped: {
    message: "Something stands around the key or the signature: {around}",
    fix: "Send the bare text key:signature, without quotes, spaces, line ends or the name of a type around it.",
  },
  key_prefix_missing: {
    message: "auth is a bare signature; the app's key and a colon are missing in front of it",
    fix: "Put the app's key and a colon in front of the signature: key:signature.",
  },
  key_unknown: {
    message: "No app here has the key {key}",
    fix: "Compare the key at the endpoint with `usher apps list` on the server that the client connects to.",
  },
  key_placeholder: {
    message: "The key is the placeholder {key}: the endpoint's settings were not loaded",
    fix: "Load the environment before the server library is made, and give it the app's real key.",
  },
  key_padded: {
    message: "The key differs from the app's only by {how}",
    fix: "Remove it where the key is set; look for quotes and spaces in the .env file.",
  },
  key_of_another_app: {
    message: "The key belongs to app {app}, not to the one that was asked",
    fix: "Use the key and secret of one app at the client and at the endpoint.",
  },
  app_id_used_as_key: {
    message: "The app's id stands where its key belongs",
    fix: "Exchange the app id for the key where the server library is made.",
  },
  secret_used_as_key: {
    message: "A secret stands where the key belongs: key and secret are interchanged",
    fix: "Swap key and secret where the server library is made, then rotate the secret: it went over the wire.",
  },
  secret_sent_as_signature: {
    message: "The secret itself was sent in place of a signature",
    fix: "Send the HMAC-SHA256 of the text to sign, as hex, and rotate the secret: it went over the wire.",
  },
  signature_uppercase: {
    message: "The signature has upper-case letters; it is compared as lower-case hex",
    fix: "Print the digest in lower-case hex.",
  },
  signature_base64: {
    message: "The signature is {encoding}, not hex",
    fix: "Print the digest as lower-case hex: 64 characters.",
  },
  digest_not_sha256: {
    message:
      "The signature has {length} hex characters, which is the length of {algorithm}; HMAC-SHA256 has 64",
    fix: "Sign with HMAC-SHA256.",
  },
  signature_malformed: {
    message: "The signature has {length} characters and is no digest",
    fix: "Send the HMAC-SHA256 of the text to sign as 64 characters of lower-case hex.",
  },

  // The secret.
  secret_pending: {
    message: "The signature is right for secret {secretId}, which is pending in a rotation",
    fix: "Servers that know of the rotation accept it; try again, and activate it when every endpoint has it.",
  },
  secret_retiring: {
    message: "The signature is right for secret {secretId}, which is about to be retired",
    fix: "Give this endpoint the current secret before the old one is revoked.",
  },
  secret_revoked: {
    message: "The signature was made with secret {secretId}, which is revoked",
    fix: "Give this endpoint the app's current secret.",
  },
  secret_of_another_key: {
    message: "The signature was made with the secret of another key of the same app",
    fix: "Use the secret that belongs to the key in front of the signature.",
  },
  secret_of_another_app: {
    message: "The signature was made with a secret of app {app}",
    fix: "Give the endpoint the secret of the app whose key it uses; look for mixed up environments.",
  },
  key_used_as_secret: {
    message: "The signature was made with the app's key in place of its secret",
    fix: "Sign with the secret; the key is public.",
  },
  app_id_used_as_secret: {
    message: "The signature was made with the app's id in place of its secret",
    fix: "Sign with the secret.",
  },
  secret_padded: {
    message: "The secret that was used to sign has {how}",
    fix: "Trim the secret where it is set; look for quotes, spaces, line ends and the variable's own name in the .env file.",
  },
  secret_placeholder: {
    message:
      "The signature was made with the placeholder {placeholder} for a secret: the endpoint's settings were not loaded",
    fix: "Load the environment before the server library is made, and give it the app's real secret.",
  },

  // The text that was signed for a channel.
  arguments_swapped: {
    message: "The signature covers {signed}: the parts are in the wrong order",
    fix: "Sign socket_id:channel_name, followed by :channel_data on presence channels; look at the order of the arguments.",
  },
  separator_wrong: {
    message: "The signature covers {signed}: the parts are joined with something else than one colon",
    fix: "Join socket id, channel name and channel_data with one colon each.",
  },
  newline_signed: {
    message: "The signature covers the right text with a line end behind it",
    fix: "Sign without the line end: printf instead of echo, and no last line break in a here document.",
  },
  trailing_colon: {
    message: "The signature covers {signed}: empty data was signed with its colon",
    fix: "Leave out the second colon when there is no channel_data.",
  },
  form_body_signed: {
    message: "The signature covers the request's form body, not its values",
    fix: "Decode the form and sign socket_id:channel_name.",
  },
  form_body_not_parsed: {
    message: "The signature covers {signed}: the endpoint did not find the request's values",
    fix: "Parse application/x-www-form-urlencoded bodies at the endpoint, and read socket_id and channel_name.",
  },
  value_encoded: {
    message: "The signature covers {signed}: a value was signed before it was decoded",
    fix: "Decode the request's form, then sign.",
  },
  channel_data_not_signed: {
    message: "The signature leaves out channel_data",
    fix: "Sign socket_id:channel_name:channel_data; hand the member's data to the server library.",
  },
  channel_data_reserialised: {
    message: "The signature covers the same channel_data written in another way: {how}",
    fix: "Encode channel_data once, sign that text and send that very text; do not parse and print it in between.",
  },
  channel_data_stringified: {
    message: "The signature covers {signed}: channel_data was turned into text without JSON",
    fix: "Encode channel_data as JSON before signing, and send the same text.",
  },
  user_id_type_changed: {
    message: "The signature covers channel_data whose user_id is {signedType}, but {sentType} was sent",
    fix: "Make user_id a string before channel_data is encoded, once.",
  },
  socket_id_stale: {
    message: "The signature was made for another connection, {otherSocketId}",
    fix: "Ask the endpoint anew for each connection; do not cache its answers, in a service worker or elsewhere.",
  },
  channel_other: {
    message: "The signature was made for the channel {otherChannel}",
    fix: "Give each channel the answer to its own request; look at how a batch or a cache sorts the answers.",
  },
  channel_prefix_wrong: {
    message: "The signature was made for {otherChannel}: the channel's prefix was changed before signing",
    fix: "Sign the channel name exactly as the client sent it, prefix included.",
  },
  signed_as_user: {
    message: "The signature was made as if for a sign-in (socket_id::user::...)",
    fix: "Call the library's authorizeChannel for channels and authenticateUser for sign-ins; look at which endpoint is which.",
  },

  // The member's data on a presence channel.
  channel_data_missing: {
    message: "A presence channel needs channel_data, and the connection is not signed in",
    fix: "Answer with channel_data that has a user_id, or sign in first.",
  },
  channel_data_object: {
    message: "channel_data is {type}, not a string",
    fix: "Send channel_data as the JSON text that was signed, a string inside the answer's JSON.",
  },
  channel_data_double_encoded: {
    message: "channel_data was encoded as JSON twice",
    fix: "Encode the member's data once, and sign and send that text.",
  },
  channel_data_not_json: {
    message: "channel_data is not the JSON text of an object",
    fix: 'Make channel_data the JSON text of an object, such as {"user_id":"10"}.',
  },
  user_id_missing: {
    message: "channel_data has no user_id: {found}",
    fix: "Give user_id a non-empty string.",
  },

  // Sign-ins.
  user_data_missing: {
    message: "The client sent no user_data",
    fix: "Answer with auth and user_data, as the library's authenticateUser gives them.",
  },
  user_data_object: {
    message: "user_data is {type}, not a string",
    fix: "Send user_data as the JSON text that was signed, a string inside the answer's JSON.",
  },
  user_data_double_encoded: {
    message: "user_data was encoded as JSON twice",
    fix: "Encode the user's data once, and sign and send that text.",
  },
  user_data_not_json: {
    message: "user_data is not the JSON text of an object",
    fix: 'Make user_data the JSON text of an object, such as {"id":"10"}.',
  },
  user_data_id_invalid: {
    message: "user_data has no id that is a non-empty string: {found}",
    fix: "Give id a non-empty string; a number is refused.",
  },
  user_data_not_signed: {
    message: "The signature covers {signed}, which leaves out user_data",
    fix: "Sign socket_id::user::user_data.",
  },
  user_data_reserialised: {
    message: "The signature covers the same user_data written in another way: {how}",
    fix: "Encode user_data once, sign that text and send that very text; do not parse and print it in between.",
  },
  user_data_stringified: {
    message: "The signature covers {signed}: user_data was turned into text without JSON",
    fix: "Encode user_data as JSON before signing, and send the same text.",
  },
  user_separator_wrong: {
    message: "The signature covers {signed}: a sign-in has two colons on both sides of the word user",
    fix: "Sign socket_id::user::user_data.",
  },
  signed_as_channel: {
    message: "The signature covers {signed}, as if for a channel",
    fix: "Call the library's authenticateUser for sign-ins and authorizeChannel for channels; look at which endpoint is which.",
  },

  // Requests to the HTTP API.
  request_not_signed: {
    message: "The query has no {parameter}",
    fix: "Sign the request with a Pusher server library; a proxy must pass the query on.",
  },
  auth_version_wrong: {
    message: "auth_version is not 1.0",
    fix: "Send auth_version=1.0.",
  },
  timestamp_malformed: {
    message: "auth_timestamp is not a whole number of seconds",
    fix: "Send auth_timestamp as whole seconds since 1970.",
  },
  timestamp_milliseconds: {
    message: "auth_timestamp counts {unit}, not seconds",
    fix: "Divide by {factor} and round down.",
  },
  timestamp_time_zone: {
    message:
      "auth_timestamp is {seconds} seconds {direction}, which is a whole number of half hours: local time, not UTC",
    fix: "Count the seconds since 1970 in UTC.",
  },
  clock_skew: {
    message: "auth_timestamp is {seconds} seconds {direction}; {windowSeconds} are allowed",
    fix: "Set the clocks of both machines by NTP, and sign each request when it is sent.",
  },
  app_id_wrong: {
    message: "The key belongs to app {app}, but the path names app {pathApp}",
    fix: "Use id, key and secret of one app where the server library is made.",
  },
  app_id_placeholder: {
    message: "The path names the app {pathApp}, which is a placeholder: the settings were not loaded",
    fix: "Load the environment before the server library is made, and give it the app's real id.",
  },
  app_id_unknown: {
    message: "No app here has the id {pathApp}",
    fix: "Compare the app id with `usher apps list` on the server that is asked.",
  },
  signed_for_another_app: {
    message: "The signature covers the path of app {app}",
    fix: "Sign the path that is requested; a proxy or a setting changes the app's id in it.",
  },
  query_not_sorted: {
    message: "The query was signed in the order it was written in, not sorted",
    fix: "Sort the parameters by their lower-case key before signing.",
  },
  query_keys_not_lowercased: {
    message: "The query was signed with its keys in upper and lower case",
    fix: "Turn the keys to lower case, then sort and sign.",
  },
  query_encoded: {
    message: "The query was signed after its values were escaped",
    fix: "Sign the values as they are; escape them for the address afterwards.",
  },
  query_signature_included: {
    message: "The signed query has auth_signature in it",
    fix: "Leave out auth_signature when signing, and add it last.",
  },
  query_parameters_not_signed: {
    message: "The signature leaves out the parameters {parameters}",
    fix: "Sign all parameters of the query but auth_signature; add none after signing.",
  },
  body_md5_not_signed: {
    message: "body_md5 was added to the query after signing",
    fix: "Add body_md5 before the query is signed.",
  },
  body_md5_not_sent: {
    message: "body_md5 was signed and is missing in the query",
    fix: "Send body_md5 along in the query.",
  },
  body_md5_missing: {
    message: "The request has a body of {length} bytes and no body_md5",
    fix: "Add body_md5, the MD5 of the body in lower-case hex, before signing.",
  },
  body_md5_malformed: {
    message: "body_md5 is the right MD5 written as {how}",
    fix: "Write body_md5 in lower-case hex.",
  },
  body_md5_of_nothing: {
    message: "body_md5 is the MD5 of nothing, but {length} bytes arrived",
    fix: "Compute body_md5 over the body as it is sent; a stream must not have been read before.",
  },
  body_lost: {
    message: "No body arrived, but body_md5 is that of one",
    fix: "Send the body; a redirect or a proxy drops it.",
  },
  body_reserialised: {
    message:
      "body_md5 is that of the same JSON written in another way: {how}; {length} bytes arrived, {signedLength} were signed",
    fix: "Encode the body once; compute body_md5 over that text and send that very text.",
  },
  body_newlines_changed: {
    message:
      "body_md5 is that of the body with other line ends: {how}; {length} bytes arrived, {signedLength} were signed",
    fix: "Send the bytes that were signed: no translation of line ends, and none added at the end.",
  },
  body_charset_changed: {
    message:
      "body_md5 is that of the body in another encoding: {how}; {length} bytes arrived, {signedLength} were signed",
    fix: "Encode the body as UTF-8 and compute body_md5 over those bytes.",
  },
  body_changed: {
    message: "body_md5 is not the MD5 of the {length} bytes that arrived",
    fix: "Compute body_md5 over the bytes that are sent; a proxy must not recode, compress or decompress them.",
  },
  path_prefix_changed: {
    message:
      "The signature covers the path {signedPath}, but {path} was requested: a prefix was added or stripped on the way",
    fix: "Let the proxy pass the path on unchanged and set path_prefix, or give the prefix to the server library.",
  },
  path_spelled_differently: {
    message: "The signature covers the path {signedPath}, but {path} was requested",
    fix: "Sign the path exactly as it is requested, without the query.",
  },
  method_wrong: {
    message: "The signature covers the method {signedMethod}, but {method} was used",
    fix: "Sign the method that is used, in upper case; a redirect turns POST into GET.",
  },
  lines_joined_wrongly: {
    message: "Method, path and query were joined with {separator}",
    fix: "Join them with one line feed each, and put none behind the query.",
  },

  // Answers of an endpoint, as somebody pasted them.
  response_empty: {
    message: "The endpoint's answer is empty",
    fix: "Return the answer of the server library; on a refusal use status 403.",
  },
  response_not_json: {
    message: "The endpoint's answer is {what}, not a JSON object",
    fix: "Answer with JSON; a login page or an error page of the framework stands in the way.",
  },
  shared_secret_missing: {
    message: "An encrypted channel's answer needs shared_secret, and there is none",
    fix: "Give the server library its encryption master key, and pass its whole answer on.",
  },
  shared_secret_malformed: {
    message: "shared_secret is not the base64 of 32 bytes",
    fix: "Pass on the server library's shared_secret unchanged.",
  },

  // What is left.
  signature_valid: {
    message: "Nothing is wrong with this signature: it was made with secret {secretId}",
    fix: "If it was refused, look at the time of the refusal: the secret or the connection has changed since.",
  },
  unknown: {
    message: "No known mistake explains this signature; {tried} were tried",
    fix: "Compare the text that the endpoint signs with the text to sign, byte for byte, and its secret with the app's.",
  },
} as const satisfies Record<string, CauseSpec>;

export interface CauseSpec {
  readonly message: string;
  readonly fix: string;
}

export type CauseCode = keyof typeof CAUSES;
