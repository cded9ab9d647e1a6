import type { CauseCode } from "./causes.ts";
import type { Refusal } from "./refusal.ts";

/** What is looked at, one after the other, before a signature counts. */
export type CheckName =
  | "answer"
  | "auth_value"
  | "parameters"
  | "key"
  | "app"
  | "timestamp"
  | "digest"
  | "member_data"
  | "user_data"
  | "secret"
  | "text"
  | "body"
  | "shared_secret";

/** `doubtful`: it may be this one, or it holds for now. */
export type CheckState = "passed" | "failed" | "doubtful" | "not_reached";

export interface Check {
  readonly name: CheckName;
  readonly state: CheckState;
}

/** The checks of a refusal in their order: all before the one that its cause belongs to were passed. */
export function checksOf(kind: Refusal["kind"], cause: CauseCode): readonly Check[] {
  const names = CHECKS[kind].filter(
    (name) => !ONLY_WHERE_THEY_FAIL.includes(name) || CHECK_OF[cause] === name,
  );
  const doubtful = DOUBTFUL[cause] ?? [];
  const failing = CHECK_OF[cause];
  let isReached = true;
  return names.map((name) => {
    if (doubtful.includes(name)) return { name, state: "doubtful" };
    if (name !== failing) return { name, state: isReached ? "passed" : "not_reached" };
    isReached = false;
    return { name, state: "failed" };
  });
}

const CHECKS: Readonly<Record<Refusal["kind"], readonly CheckName[]>> = {
  channel: ["answer", "auth_value", "key", "digest", "member_data", "secret", "text", "shared_secret"],
  user: ["answer", "auth_value", "key", "digest", "user_data", "secret", "text"],
  request: ["parameters", "key", "app", "timestamp", "digest", "secret", "text", "body"],
};

/** They say something of a pasted answer or of some channels alone. */
const ONLY_WHERE_THEY_FAIL: readonly CheckName[] = ["answer", "member_data", "shared_secret"];

const DOUBTFUL: Partial<Record<CauseCode, readonly CheckName[]>> = {
  unknown: ["secret", "text"],
  secret_pending: ["secret"],
  secret_retiring: ["secret"],
};

/** `null` for what fails no check. */
const CHECK_OF: Readonly<Record<CauseCode, CheckName | null>> = {
  auth_absent: "auth_value",
  auth_not_a_string: "auth_value",
  auth_double_encoded: "auth_value",
  auth_malformed: "auth_value",
  auth_wrapped: "auth_value",
  key_prefix_missing: "auth_value",
  key_unknown: "key",
  key_placeholder: "key",
  key_padded: "key",
  key_of_another_app: "key",
  app_id_used_as_key: "key",
  secret_used_as_key: "key",
  secret_sent_as_signature: "digest",
  signature_uppercase: "digest",
  signature_base64: "digest",
  digest_not_sha256: "digest",
  signature_malformed: "digest",
  secret_pending: null,
  secret_retiring: null,
  secret_revoked: "secret",
  secret_of_another_key: "secret",
  secret_of_another_app: "secret",
  key_used_as_secret: "secret",
  app_id_used_as_secret: "secret",
  secret_padded: "secret",
  secret_placeholder: "secret",
  arguments_swapped: "text",
  separator_wrong: "text",
  newline_signed: "text",
  trailing_colon: "text",
  form_body_signed: "text",
  form_body_not_parsed: "text",
  value_encoded: "text",
  channel_data_not_signed: "text",
  channel_data_reserialised: "text",
  channel_data_stringified: "text",
  user_id_type_changed: "text",
  socket_id_stale: "text",
  channel_other: "text",
  channel_prefix_wrong: "text",
  signed_as_user: "text",
  channel_data_missing: "member_data",
  channel_data_object: "member_data",
  channel_data_double_encoded: "member_data",
  channel_data_not_json: "member_data",
  user_id_missing: "member_data",
  user_data_missing: "user_data",
  user_data_object: "user_data",
  user_data_double_encoded: "user_data",
  user_data_not_json: "user_data",
  user_data_id_invalid: "user_data",
  user_data_not_signed: "text",
  user_data_reserialised: "text",
  user_data_stringified: "text",
  user_separator_wrong: "text",
  signed_as_channel: "text",
  request_not_signed: "parameters",
  auth_version_wrong: "parameters",
  timestamp_malformed: "timestamp",
  timestamp_milliseconds: "timestamp",
  timestamp_time_zone: "timestamp",
  clock_skew: "timestamp",
  app_id_wrong: "app",
  app_id_placeholder: "app",
  app_id_unknown: "app",
  signed_for_another_app: "text",
  query_not_sorted: "text",
  query_keys_not_lowercased: "text",
  query_encoded: "text",
  query_signature_included: "text",
  query_parameters_not_signed: "text",
  body_md5_not_signed: "text",
  body_md5_not_sent: "text",
  body_md5_missing: "body",
  body_md5_malformed: "body",
  body_md5_of_nothing: "body",
  body_lost: "body",
  body_reserialised: "body",
  body_newlines_changed: "body",
  body_charset_changed: "body",
  body_changed: "body",
  path_prefix_changed: "text",
  path_spelled_differently: "text",
  method_wrong: "text",
  lines_joined_wrongly: "text",
  response_empty: "answer",
  response_not_json: "answer",
  shared_secret_missing: "shared_secret",
  shared_secret_malformed: "shared_secret",
  signature_valid: null,
  unknown: null,
};
