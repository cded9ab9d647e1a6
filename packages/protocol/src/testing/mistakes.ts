import { createHash } from "node:crypto";
import type {
  CandidateSecret,
  CauseCode,
  RefusedRequest,
  RefusedSignin,
  RefusedSubscription,
} from "../explain/index.ts";
import { hmacHex } from "./hmac.ts";

/** The apps of the examples below, with every secret that they have or had. */
export const SECRETS = [
  secret("3", "278d425bdf160c739803", "current", "s-current", "7ad3773142a6692b25b8aa01"),
  secret("3", "278d425bdf160c739803", "pending", "s-pending", "ffeeddccbbaa99887766aa02"),
  secret("3", "278d425bdf160c739803", "retiring", "s-retiring", "0123456789abcdef0123aa03"),
  secret("3", "278d425bdf160c739803", "revoked", "s-revoked", "fedcba98765432100123aa04"),
  secret("3", "5ec0ndkey5ec0ndkey00", "current", "s-second-key", "5ec0nd5ecret5ec0nd00aa05"),
  secret("4", "0therkey0therkey0the", "current", "s-other-app", "0thersecret0thersecretaa"),
] as const satisfies readonly CandidateSecret[];

const [CURRENT, PENDING, RETIRING, REVOKED, SECOND_KEY, OTHER_APP] = SECRETS;
export const { key: KEY, value: SECRET } = CURRENT;

function secret<const Slot extends CandidateSecret["slot"]>(
  appId: string,
  key: string,
  slot: Slot,
  id: string,
  value: string,
): CandidateSecret & { readonly slot: Slot } {
  return { appId, key, slot, id, value };
}

/** One way to get a signature wrong, with what it should be recognised as. */
export interface Mistake<Parts, Refused> {
  readonly cause: CauseCode;
  /** Causes that the same bytes may stand for too, with some inputs. */
  readonly twins?: readonly CauseCode[];
  readonly what: string;
  /** Are there such mistakes with these parts? Left out: with all. */
  readonly applies?: (parts: Parts) => boolean;
  readonly make: (parts: Parts) => Partial<Refused>;
}

// Subscriptions.

export interface TicketParts {
  readonly socketId: string;
  readonly channel: string;
  /** Undefined on a private channel. */
  readonly data: string | undefined;
}

type ChannelMistake = Mistake<TicketParts, RefusedSubscription>;

export function rightText({ socketId, channel, data }: TicketParts): string {
  return data === undefined ? `${socketId}:${channel}` : `${socketId}:${channel}:${data}`;
}

export function authFor(text: string, by: string = SECRET, key: string = KEY): string {
  return `${key}:${hmacHex(by, text)}`;
}

/** A subscription that is right in every way. */
export function subscription(
  parts: TicketParts,
  changes: Partial<RefusedSubscription> = {},
): RefusedSubscription {
  return {
    kind: "channel",
    appId: "3",
    socketId: parts.socketId,
    channel: parts.channel,
    auth: authFor(rightText(parts)),
    channelData: parts.data,
    isSignedIn: false,
    otherSocketIds: ["7777.1", "7777.2"],
    otherChannels: ["private-other", "presence-other"],
    ...changes,
  };
}

const hasData = ({ data }: TicketParts): boolean => data !== undefined;

/** As `signedBy`: the right text, the wrong secret. */
function signedBy(cause: CauseCode, what: string, by: string): ChannelMistake {
  return { cause, what, make: (parts) => ({ auth: authFor(rightText(parts), by) }) };
}

function signedText(
  cause: CauseCode,
  what: string,
  text: (parts: TicketParts) => string,
  applies?: (parts: TicketParts) => boolean,
): ChannelMistake {
  return { cause, what, make: (parts) => ({ auth: authFor(text(parts)) }), ...(applies && { applies }) };
}

/** What is sent is right, and what was signed is the same JSON in another spelling. */
function respelled(what: string, respell: (data: string) => string): ChannelMistake {
  const isOther = ({ data }: TicketParts) => data !== undefined && respell(data) !== data;
  return {
    ...signedText(
      "channel_data_reserialised",
      what,
      (parts) => rightText({ ...parts, data: respell(parts.data ?? "") }),
      isOther,
    ),
    twins: ["user_id_type_changed"],
  };
}

function writtenAs(
  cause: CauseCode,
  what: string,
  write: (auth: string, parts: TicketParts) => unknown,
): ChannelMistake {
  return { cause, what, make: (parts) => ({ auth: write(authFor(rightText(parts)), parts) }) };
}

function withData(cause: CauseCode, what: string, data: unknown, isSigned = false): ChannelMistake {
  return {
    cause,
    what,
    applies: hasData,
    make: (parts) => ({
      channelData: data,
      ...(isSigned && { auth: authFor(rightText({ ...parts, data: String(data) })) }),
    }),
  };
}

const digestOf = (auth: string): string => auth.slice(auth.indexOf(":") + 1);
const bytesOf = (auth: string): Buffer => Buffer.from(digestOf(auth), "hex");
const pythonJson = (data: string): string =>
  data.replace(
    /("(?:[^"\\]|\\.)*")|([,:])/g,
    (_, text: string | undefined, mark: string) => text ?? `${mark} `,
  );
const phpArrays = (data: string): string =>
  data.replace(/("(?:[^"\\]|\\.)*")|\{\}/g, (_, text: string | undefined) => text ?? "[]");
const escaped = (data: string): string =>
  data.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
const reordered = (data: string): string =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(data) as object).toReversed()));

export const CHANNEL_MISTAKES: readonly ChannelMistake[] = [
  // The auth value.
  writtenAs("auth_absent", "no auth", () => undefined),
  writtenAs("auth_absent", "an empty auth", () => ""),
  writtenAs("auth_not_a_string", "a number for auth", () => 403),
  writtenAs("auth_not_a_string", "an object for auth", () => ({ error: "no" })),
  writtenAs("auth_double_encoded", "the whole answer in auth", (auth) => JSON.stringify({ auth })),
  writtenAs("auth_double_encoded", "the whole answer as an object in auth", (auth) => ({ auth })),
  writtenAs("auth_malformed", "no colon and no digest", () => "forbidden"),
  writtenAs("auth_malformed", "nothing in front of the colon", (auth) => `:${digestOf(auth)}`),
  writtenAs("auth_wrapped", "Some(...) around the signature", (auth) => `${KEY}:Some(${digestOf(auth)})`),
  writtenAs("auth_wrapped", "Some(...) around all of it", (auth) => `Some(${auth})`),
  writtenAs("auth_wrapped", "quotes around all of it", (auth) => `"${auth}"`),
  writtenAs("auth_wrapped", "a line end behind it", (auth) => `${auth}\n`),
  writtenAs("auth_wrapped", "a Python bytes literal", (auth) => `${KEY}:b'${digestOf(auth)}'`),
  writtenAs("auth_wrapped", "the algorithm in front", (auth) => `${KEY}:sha256=${digestOf(auth)}`),
  writtenAs("key_prefix_missing", "a bare signature", digestOf),
  writtenAs("key_unknown", "a key of elsewhere", (auth) => `aaaabbbbccccddddeeee:${digestOf(auth)}`),
  writtenAs("key_placeholder", "a placeholder for a key", (auth) => `PUSHER_APP_KEY:${digestOf(auth)}`),
  writtenAs("key_placeholder", "undefined for a key", (auth) => `undefined:${digestOf(auth)}`),
  writtenAs("key_padded", "a key in quotes", (auth) => `"${KEY}":${digestOf(auth)}`),
  writtenAs("key_padded", "a key with a space", (auth) => `${KEY} :${digestOf(auth)}`),
  writtenAs("key_padded", "a key in upper case", (auth) => `${KEY.toUpperCase()}:${digestOf(auth)}`),
  writtenAs("key_of_another_app", "key and secret of another app", (_auth, parts) =>
    authFor(rightText(parts), OTHER_APP.value, OTHER_APP.key),
  ),
  writtenAs("app_id_used_as_key", "the app id for the key", (auth) => `3:${digestOf(auth)}`),
  writtenAs("secret_used_as_key", "key and secret swapped", (_auth, parts) =>
    authFor(rightText(parts), KEY, SECRET),
  ),
  writtenAs("secret_sent_as_signature", "the secret for the signature", () => `${KEY}:${SECRET}`),
  writtenAs("signature_uppercase", "upper-case hex", (auth) => `${KEY}:${digestOf(auth).toUpperCase()}`),
  writtenAs("signature_base64", "base64", (auth) => `${KEY}:${bytesOf(auth).toString("base64")}`),
  writtenAs("signature_base64", "base64url", (auth) => `${KEY}:${bytesOf(auth).toString("base64url")}`),
  writtenAs("signature_base64", "base64 of the hex", (auth) => `${KEY}:${btoa(digestOf(auth))}`),
  writtenAs("digest_not_sha256", "SHA-1", (auth) => `${KEY}:${digestOf(auth).slice(0, 40)}`),
  writtenAs("digest_not_sha256", "MD5", (auth) => `${KEY}:${digestOf(auth).slice(0, 32)}`),
  writtenAs("digest_not_sha256", "SHA-512", (auth) => `${KEY}:${digestOf(auth)}${digestOf(auth)}`),
  writtenAs("signature_malformed", "a word", () => `${KEY}:undefined`),
  writtenAs("signature_malformed", "nothing behind the colon", () => `${KEY}:`),

  // The secret.
  signedBy("secret_pending", "the pending secret", PENDING.value),
  signedBy("secret_retiring", "the retiring secret", RETIRING.value),
  signedBy("secret_revoked", "a revoked secret", REVOKED.value),
  signedBy("secret_of_another_key", "the secret of another key", SECOND_KEY.value),
  signedBy("secret_of_another_app", "the secret of another app", OTHER_APP.value),
  signedBy("key_used_as_secret", "the key for the secret", KEY),
  signedBy("app_id_used_as_secret", "the app id for the secret", "3"),
  ...[
    `"${SECRET}"`,
    `'${SECRET}'`,
    `${SECRET}\n`,
    `${SECRET}\r\n`,
    `${SECRET}\r`,
    ` ${SECRET}`,
    `${SECRET} `,
  ].map((by) => signedBy("secret_padded", `the secret as ${JSON.stringify(by.replace(SECRET, "..."))}`, by)),
  signedBy("secret_padded", "the variable's name and the secret", `PUSHER_APP_SECRET=${SECRET}`),
  signedBy("secret_padded", "the secret in upper case", SECRET.toUpperCase()),
  signedBy("secret_placeholder", "a placeholder for the secret", "PUSHER_APP_SECRET"),
  signedBy("secret_placeholder", "undefined for the secret", "undefined"),
  signedBy("secret_placeholder", "an empty secret", ""),
  signedBy("secret_placeholder", "the sample's secret", "your-app-secret"),

  // The text.
  signedText(
    "arguments_swapped",
    "channel and socket id the wrong way round",
    ({ socketId, channel, data }) => rightText({ socketId: channel, channel: socketId, data }),
  ),
  signedText(
    "arguments_swapped",
    "channel_data in the middle",
    ({ socketId, channel, data }) => `${socketId}:${data}:${channel}`,
    hasData,
  ),
  signedText(
    "separator_wrong",
    "no separator",
    ({ socketId, channel, data = "" }) => socketId + channel + data,
  ),
  signedText("separator_wrong", "two colons", (parts) =>
    [parts.socketId, parts.channel, ...(parts.data === undefined ? [] : [parts.data])].join("::"),
  ),
  signedText("newline_signed", "a line feed at the end", (parts) => `${rightText(parts)}\n`),
  signedText(
    "trailing_colon",
    "a colon and nothing behind it",
    ({ socketId, channel }) => `${socketId}:${channel}:`,
  ),
  signedText(
    "form_body_signed",
    "the form body",
    ({ socketId, channel }) => `socket_id=${socketId}&channel_name=${encodeURIComponent(channel)}`,
  ),
  signedText("form_body_not_parsed", "undefined for both", () => "undefined:undefined"),
  signedText("form_body_not_parsed", "nothing for both", () => ":"),
  signedText(
    "value_encoded",
    "the channel as it stands in the form",
    ({ socketId, channel, data }) => rightText({ socketId, channel: encodeURIComponent(channel), data }),
    ({ channel }) => encodeURIComponent(channel) !== channel,
  ),
  signedText(
    "channel_data_not_signed",
    "no channel_data",
    ({ socketId, channel }) => `${socketId}:${channel}`,
    hasData,
  ),
  respelled("with the spaces of Python", pythonJson),
  respelled("with the spaces and escapes of Python", (data) => escaped(pythonJson(data))),
  respelled("with the slashes and escapes of PHP", (data) => escaped(data).replaceAll("/", "\\/")),
  respelled("with escapes", escaped),
  respelled("with the keys the other way round", reordered),
  respelled("indented", (data) => JSON.stringify(JSON.parse(data), null, 2)),
  respelled("with [] for {}", phpArrays),
  signedText(
    "channel_data_stringified",
    "[object Object]",
    ({ socketId, channel }) => `${socketId}:${channel}:[object Object]`,
    hasData,
  ),
  signedText(
    "user_id_type_changed",
    "user_id as a number",
    (parts) => rightText({ ...parts, data: parts.data?.replace(/"user_id":"(\d+)"/, '"user_id":$1') }),
    ({ data }) => data !== undefined && /"user_id":"\d+"/.test(data),
  ),
  signedText(
    "user_id_type_changed",
    "user_id as a string",
    (parts) => rightText({ ...parts, data: parts.data?.replace(/"user_id":(\d+)/, '"user_id":"$1"') }),
    ({ data }) => data !== undefined && /"user_id":\d+/.test(data),
  ),
  signedText("socket_id_stale", "another connection", (parts) => rightText({ ...parts, socketId: "7777.2" })),
  signedText("channel_other", "another channel", (parts) =>
    rightText({ ...parts, channel: "private-other" }),
  ),
  signedText(
    "channel_other",
    "another channel, without data",
    ({ socketId }) => `${socketId}:presence-other`,
    hasData,
  ),
  {
    ...signedText("channel_prefix_wrong", "the name without its prefix", (parts) =>
      rightText({ ...parts, channel: parts.channel.replace(/^(private-encrypted-|private-|presence-)/, "") }),
    ),
    twins: ["separator_wrong"],
  },
  signedText(
    "channel_prefix_wrong",
    "the prefix twice",
    (parts) => {
      const prefix = /^(private|presence)-/.exec(parts.channel)?.[0] ?? "";
      return rightText({ ...parts, channel: prefix + parts.channel });
    },
    ({ channel }) => !channel.startsWith("private-encrypted-") && !channel.includes("cache"),
  ),
  signedText("signed_as_user", "a sign-in", ({ socketId, data = "" }) => `${socketId}::user::${data}`),

  // The member's data.
  withData("channel_data_missing", "no channel_data", undefined),
  withData("channel_data_object", "channel_data as an object", { user_id: "1" }),
  withData(
    "channel_data_double_encoded",
    "channel_data encoded twice",
    JSON.stringify('{"user_id":"1"}'),
    true,
  ),
  withData("channel_data_not_json", "no JSON", "user_id=1", true),
  withData("user_id_missing", "no user_id", '{"id":"1"}', true),
  withData("user_id_missing", "an empty user_id", '{"user_id":""}', true),
  withData("user_id_missing", "a user_id that is null", '{"user_id":null}', true),
  { cause: "signature_valid", what: "nothing", make: () => ({}) },
  { cause: "unknown", what: "a digest of nowhere", make: () => ({ auth: `${KEY}:${"0".repeat(64)}` }) },
];

// Sign-ins.

export interface SigninParts {
  readonly socketId: string;
  readonly userData: string;
}

type SigninMistake = Mistake<SigninParts, RefusedSignin>;

export function signin(parts: SigninParts, changes: Partial<RefusedSignin> = {}): RefusedSignin {
  return {
    kind: "user",
    appId: "3",
    ...parts,
    auth: authFor(`${parts.socketId}::user::${parts.userData}`),
    otherSocketIds: ["7777.1", "7777.2"],
    ...changes,
  };
}

function signinText(cause: CauseCode, what: string, text: (parts: SigninParts) => string): SigninMistake {
  return { cause, what, make: (parts) => ({ auth: authFor(text(parts)) }) };
}

function userDataOf(cause: CauseCode, what: string, userData: unknown): SigninMistake {
  return {
    cause,
    what,
    make: ({ socketId }) => ({ userData, auth: authFor(`${socketId}::user::${String(userData)}`) }),
  };
}

const idOf = (userData: string): string => String((JSON.parse(userData) as { id: string }).id);

export const SIGNIN_MISTAKES: readonly SigninMistake[] = [
  signinText(
    "user_separator_wrong",
    "one colon on each side",
    ({ socketId, userData }) => `${socketId}:user:${userData}`,
  ),
  signinText(
    "user_separator_wrong",
    "one colon behind",
    ({ socketId, userData }) => `${socketId}::user:${userData}`,
  ),
  signinText(
    "user_separator_wrong",
    "one colon in front",
    ({ socketId, userData }) => `${socketId}:user::${userData}`,
  ),
  signinText("signed_as_channel", "as for a channel", ({ socketId, userData }) => `${socketId}:${userData}`),
  signinText(
    "signed_as_channel",
    "the user's channel",
    ({ socketId, userData }) => `${socketId}:#server-to-user-${idOf(userData)}`,
  ),
  signinText("user_data_not_signed", "no data", ({ socketId }) => `${socketId}::user::`),
  signinText(
    "user_data_not_signed",
    "the id alone",
    ({ socketId, userData }) => `${socketId}::user::${idOf(userData)}`,
  ),
  signinText(
    "user_data_reserialised",
    "with the spaces of Python",
    ({ socketId, userData }) => `${socketId}::user::${pythonJson(userData)}`,
  ),
  signinText(
    "user_data_stringified",
    "[object Object]",
    ({ socketId }) => `${socketId}::user::[object Object]`,
  ),
  signinText(
    "arguments_swapped",
    "the data first",
    ({ socketId, userData }) => `${userData}::user::${socketId}`,
  ),
  signinText(
    "newline_signed",
    "a line feed at the end",
    ({ socketId, userData }) => `${socketId}::user::${userData}\n`,
  ),
  signinText(
    "form_body_not_parsed",
    "undefined for the socket id",
    ({ userData }) => `undefined::user::${userData}`,
  ),
  signinText("socket_id_stale", "another connection", ({ userData }) => `7777.1::user::${userData}`),
  userDataOf("user_data_missing", "no user_data", undefined),
  userDataOf("user_data_object", "user_data as an object", { id: "1" }),
  userDataOf("user_data_double_encoded", "user_data encoded twice", JSON.stringify('{"id":"1"}')),
  userDataOf("user_data_not_json", "no JSON", "id=1"),
  userDataOf("user_data_id_invalid", "a number for the id", '{"id":1}'),
  userDataOf("user_data_id_invalid", "no id", '{"user_id":"1"}'),
  { cause: "signature_valid", what: "nothing", make: () => ({}) },
  {
    cause: "secret_revoked",
    what: "a revoked secret",
    make: ({ socketId, userData }) => ({ auth: authFor(`${socketId}::user::${userData}`, REVOKED.value) }),
  },
  { cause: "unknown", what: "a digest of nowhere", make: () => ({ auth: `${KEY}:${"0".repeat(64)}` }) },
];

// Requests to the HTTP API.

export interface RequestParts {
  readonly method: string;
  readonly path: string;
  /** Besides those of the signature, sorted, with keys in lower case. */
  readonly query: readonly (readonly [string, string])[];
  readonly body: string;
  readonly nowSeconds: number;
}

type RequestMistake = Mistake<RequestParts, RefusedRequest>;

type Pairs = readonly (readonly [string, string])[];

interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** What is signed, where it is not what is sent. */
  readonly signed?: string;
  readonly pairs?: Pairs;
  readonly by?: string;
  readonly body?: Uint8Array | string;
  readonly signature?: (digest: string) => string | undefined;
}

export function md5Hex(bytes: Uint8Array | string): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** All parameters but the signature, sorted. */
export function pairsOf(
  parts: RequestParts,
  changes: Readonly<Record<string, string | undefined>> = {},
): Pairs {
  const given: Record<string, string | undefined> = {
    auth_key: KEY,
    auth_timestamp: String(parts.nowSeconds),
    auth_version: "1.0",
    body_md5: parts.body === "" ? undefined : md5Hex(parts.body),
    ...Object.fromEntries(parts.query),
    ...changes,
  };
  return Object.entries(given)
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

export function linesOf(method: string, path: string, pairs: Pairs): string {
  return `${method}\n${path}\n${pairs.map(([key, value]) => `${key}=${value}`).join("&")}`;
}

export function request(parts: RequestParts, sent: Sent = {}): RefusedRequest {
  const {
    method = parts.method,
    path = parts.path,
    pairs = pairsOf(parts),
    by = SECRET,
    body = parts.body,
  } = sent;
  const digest = hmacHex(by, sent.signed ?? linesOf(method, path, pairs));
  const signature = sent.signature ? sent.signature(digest) : digest;
  const written = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  const rawQuery = [...written, ...(signature === undefined ? [] : [`auth_signature=${signature}`])].join(
    "&",
  );
  return {
    kind: "request",
    appId: path.split("/apps/")[1]?.split("/")[0],
    method,
    path,
    rawQuery,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    nowSeconds: parts.nowSeconds,
    windowSeconds: 600,
    pathPrefixes: ["/realtime"],
  };
}

function made(cause: CauseCode, what: string, sent: (parts: RequestParts) => Sent): RequestMistake {
  return { cause, what, make: (parts) => request(parts, sent(parts)) };
}

const hasBody = ({ body }: RequestParts): boolean => body !== "";

function bodySent(
  cause: CauseCode,
  what: string,
  body: (parts: RequestParts) => string | Uint8Array,
  applies: (parts: RequestParts) => boolean = hasBody,
): RequestMistake {
  return { ...made(cause, what, (parts) => ({ body: body(parts) })), applies };
}

/** body_md5 is this, and the body as it should be. */
function md5Sent(cause: CauseCode, what: string, md5: (body: string) => string | undefined): RequestMistake {
  return {
    ...made(cause, what, (parts) => ({ pairs: pairsOf(parts, { body_md5: md5(parts.body) }) })),
    applies: hasBody,
  };
}

function at(cause: CauseCode, what: string, timestamp: (now: number) => string | undefined): RequestMistake {
  return made(cause, what, (parts) => ({
    pairs: pairsOf(parts, { auth_timestamp: timestamp(parts.nowSeconds) }),
  }));
}

const withExtra = (parts: RequestParts): Pairs => [
  ...pairsOf(parts),
  ["info", "user_count,subscription_count"],
];

export const REQUEST_MISTAKES: readonly RequestMistake[] = [
  made("request_not_signed", "no auth_key", (parts) => ({ pairs: pairsOf(parts, { auth_key: undefined }) })),
  made("request_not_signed", "no auth_version", (parts) => ({
    pairs: pairsOf(parts, { auth_version: undefined }),
  })),
  made("request_not_signed", "no auth_timestamp", (parts) => ({
    pairs: pairsOf(parts, { auth_timestamp: undefined }),
  })),
  made("request_not_signed", "no auth_signature", () => ({ signature: () => undefined })),
  made("auth_version_wrong", "another version", (parts) => ({
    pairs: pairsOf(parts, { auth_version: "2.0" }),
  })),
  made("key_unknown", "a key of elsewhere", (parts) => ({
    pairs: pairsOf(parts, { auth_key: "aaaabbbbccccdddd" }),
  })),
  made("key_placeholder", "a placeholder for the key", (parts) => ({
    pairs: pairsOf(parts, { auth_key: "your-app-key" }),
  })),
  made("key_padded", "a key with a line end", (parts) => ({
    pairs: pairsOf(parts, { auth_key: `${KEY}\n` }),
  })),
  made("secret_used_as_key", "key and secret swapped", (parts) => ({
    pairs: pairsOf(parts, { auth_key: SECRET }),
    by: KEY,
  })),
  made("app_id_wrong", "the path of another app", (parts) => ({
    path: parts.path.replace("/apps/3", "/apps/4"),
  })),
  made("app_id_unknown", "the path of no app", (parts) => ({
    path: parts.path.replace("/apps/3", "/apps/33"),
    pairs: pairsOf(parts, { auth_key: "x1" }),
  })),
  made("app_id_placeholder", "a placeholder for the id", (parts) => ({
    path: parts.path.replace("/apps/3", "/apps/PUSHER_APP_ID"),
  })),
  at("timestamp_milliseconds", "milliseconds", (now) => `${now}123`),
  at("timestamp_milliseconds", "microseconds", (now) => `${now}123456`),
  at("timestamp_malformed", "an ISO date", () => "2026-01-01T00:00:00Z"),
  at("timestamp_malformed", "a fraction", (now) => `${now}.5`),
  at("clock_skew", "a clock that is late", (now) => String(now - 4_321)),
  at("clock_skew", "a clock that is ahead", (now) => String(now + 700)),
  at("timestamp_time_zone", "local time", (now) => String(now + 7_200)),
  at("timestamp_time_zone", "local time of India", (now) => String(now - 19_800)),
  made("secret_revoked", "a revoked secret", () => ({ by: REVOKED.value })),
  made("secret_of_another_key", "the secret of another key", () => ({ by: SECOND_KEY.value })),
  made("secret_of_another_app", "the secret of another app", () => ({ by: OTHER_APP.value })),
  made("secret_padded", "the secret in quotes", () => ({ by: `"${SECRET}"` })),
  made("key_used_as_secret", "the key for the secret", () => ({ by: KEY })),
  made("secret_placeholder", "a placeholder for the secret", () => ({ by: "PUSHER_APP_SECRET" })),
  made("signature_uppercase", "upper-case hex", () => ({ signature: (digest) => digest.toUpperCase() })),
  made("signature_base64", "base64", () => ({
    signature: (digest) => encodeURIComponent(Buffer.from(digest, "hex").toString("base64")),
  })),
  made("digest_not_sha256", "SHA-1", () => ({ signature: (digest) => digest.slice(0, 40) })),
  made("secret_sent_as_signature", "the secret for the signature", () => ({ signature: () => SECRET })),
  made("query_not_sorted", "the query from back to front", (parts) => {
    const pairs = pairsOf(parts).toReversed();
    return { pairs, signed: linesOf(parts.method, parts.path, pairs) };
  }),
  made("query_keys_not_lowercased", "a key in upper case", (parts) => {
    const pairs: Pairs = [["Info", "user_count"], ...pairsOf(parts)];
    return { pairs, signed: linesOf(parts.method, parts.path, pairs) };
  }),
  made("query_encoded", "escaped values", (parts) => ({
    pairs: withExtra(parts),
    signed: linesOf(
      parts.method,
      parts.path,
      withExtra(parts)
        .map(([key, value]) => [key, encodeURIComponent(value)] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  })),
  made("query_signature_included", "an empty auth_signature", (parts) => ({
    signed: `${linesOf(parts.method, parts.path, pairsOf(parts))}&auth_signature=`,
  })),
  made("query_parameters_not_signed", "a parameter that was added later", (parts) => ({
    pairs: [...pairsOf(parts), ["zebra", "1"]],
    signed: linesOf(parts.method, parts.path, pairsOf(parts)),
  })),
  {
    ...made("body_md5_not_signed", "body_md5 added later", (parts) => ({
      signed: linesOf(parts.method, parts.path, pairsOf(parts, { body_md5: undefined })),
    })),
    applies: hasBody,
  },
  {
    ...made("body_md5_not_sent", "body_md5 left out later", (parts) => ({
      pairs: pairsOf(parts, { body_md5: undefined }),
      signed: linesOf(parts.method, parts.path, pairsOf(parts)),
    })),
    applies: hasBody,
  },
  md5Sent("body_md5_missing", "no body_md5", () => undefined),
  md5Sent("body_md5_malformed", "upper-case MD5", (body) => md5Hex(body).toUpperCase()),
  md5Sent("body_md5_malformed", "MD5 in base64", (body) => createHash("md5").update(body).digest("base64")),
  md5Sent("body_md5_of_nothing", "the MD5 of nothing", () => md5Hex("")),
  md5Sent("body_changed", "an MD5 of something else", () => md5Hex("something else")),
  bodySent("body_lost", "no body", () => ""),
  bodySent("body_reserialised", "the body with spaces", ({ body }) => pythonJson(body)),
  bodySent("body_newlines_changed", "a line end behind the body", ({ body }) => `${body}\n`),
  bodySent(
    "body_newlines_changed",
    "CRLF for LF",
    ({ body }) => body.replaceAll("\n", "\r\n"),
    ({ body }) => body.includes("\n"),
  ),
  bodySent(
    "body_charset_changed",
    "Latin-1",
    ({ body }) => Buffer.from(body, "latin1"),
    ({ body }) => /[\u0080-\u00ff]/.test(body) && !/[\u0100-\uffff]/.test(body),
  ),
  made("path_prefix_changed", "a prefix that the proxy strips", (parts) => ({
    signed: linesOf(parts.method, `/realtime${parts.path}`, pairsOf(parts)),
  })),
  made("path_prefix_changed", "a prefix that the proxy adds", (parts) => ({
    path: `/inner${parts.path}`,
    signed: linesOf(parts.method, parts.path, pairsOf(parts)),
  })),
  made("path_spelled_differently", "no slash in front", (parts) => ({
    signed: linesOf(parts.method, parts.path.slice(1), pairsOf(parts)),
  })),
  made("path_spelled_differently", "a slash behind", (parts) => ({
    signed: linesOf(parts.method, `${parts.path}/`, pairsOf(parts)),
  })),
  made("path_spelled_differently", "the path below the app", (parts) => ({
    signed: linesOf(parts.method, parts.path.replace("/apps/3", ""), pairsOf(parts)),
  })),
  made("signed_for_another_app", "the path of another app in the signature", (parts) => ({
    signed: linesOf(parts.method, parts.path.replace("/apps/3", "/apps/4"), pairsOf(parts)),
  })),
  made("method_wrong", "a method in lower case", (parts) => ({
    signed: linesOf(parts.method.toLowerCase(), parts.path, pairsOf(parts)),
  })),
  made("method_wrong", "another method", (parts) => ({
    signed: linesOf(parts.method === "GET" ? "POST" : "GET", parts.path, pairsOf(parts)),
  })),
  made("lines_joined_wrongly", "a line feed behind", (parts) => ({
    signed: `${linesOf(parts.method, parts.path, pairsOf(parts))}\n`,
  })),
  made("lines_joined_wrongly", "backslash and n", (parts) => ({
    signed: linesOf(parts.method, parts.path, pairsOf(parts)).replaceAll("\n", "\\n"),
  })),
  made("signature_valid", "nothing", () => ({})),
  made("unknown", "a digest of nowhere", () => ({ signature: () => "0".repeat(64) })),
];
