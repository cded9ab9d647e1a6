import type { SignedKind } from "../../api/doctor.ts";
import type { SectionName } from "../connect/sections.ts";

/**
 * The part of a program that does right what a cause says was done wrong; undefined where no code mends it, such as for a
 * clock.
 *
 * @param channel that it is about, where one is known.
 */
export function remedyFor(cause: string, kind: SignedKind, channel: string | null): SectionName | undefined {
  const section = Object.keys(CAUSES).find((name) => CAUSES[name as Remedy].includes(cause)) as
    | Remedy
    | undefined;
  if (section !== "signing") return section;
  if (kind === "request") return "trigger";
  if (kind === "user") return "user";
  return channel?.startsWith("presence-") ? "presence" : "private";
}

type Remedy = Exclude<SectionName, "imports" | "run" | "private"> | "signing";

const CAUSES: Readonly<Record<Remedy, readonly string[]>> = {
  client: [
    "key_unknown",
    "key_placeholder",
    "key_padded",
    "key_of_another_app",
    "app_id_used_as_key",
    "secret_used_as_key",
    "secret_revoked",
    "secret_pending",
    "secret_retiring",
    "secret_of_another_key",
    "secret_of_another_app",
    "key_used_as_secret",
    "app_id_used_as_secret",
    "secret_padded",
    "secret_placeholder",
    "app_id_wrong",
    "app_id_placeholder",
    "app_id_unknown",
    "signed_for_another_app",
  ],
  signing: [
    "key_prefix_missing",
    "secret_sent_as_signature",
    "signature_uppercase",
    "signature_base64",
    "digest_not_sha256",
    "signature_malformed",
    "arguments_swapped",
    "separator_wrong",
    "newline_signed",
    "trailing_colon",
    "channel_prefix_wrong",
    "signed_as_user",
    "signed_as_channel",
    "unknown",
  ],
  endpoint: [
    "auth_absent",
    "auth_not_a_string",
    "auth_double_encoded",
    "auth_malformed",
    "auth_wrapped",
    "form_body_signed",
    "form_body_not_parsed",
    "value_encoded",
    "socket_id_stale",
    "channel_other",
    "response_empty",
    "response_not_json",
  ],
  presence: [
    "channel_data_not_signed",
    "channel_data_reserialised",
    "channel_data_stringified",
    "user_id_type_changed",
    "channel_data_missing",
    "channel_data_object",
    "channel_data_double_encoded",
    "channel_data_not_json",
    "user_id_missing",
  ],
  user: [
    "user_data_missing",
    "user_data_object",
    "user_data_double_encoded",
    "user_data_not_json",
    "user_data_id_invalid",
    "user_data_not_signed",
    "user_data_reserialised",
    "user_data_stringified",
    "user_separator_wrong",
  ],
  trigger: [
    "request_not_signed",
    "auth_version_wrong",
    "timestamp_malformed",
    "timestamp_milliseconds",
    "timestamp_time_zone",
    "query_not_sorted",
    "query_keys_not_lowercased",
    "query_encoded",
    "query_signature_included",
    "query_parameters_not_signed",
    "body_md5_not_signed",
    "body_md5_not_sent",
    "body_md5_missing",
    "body_md5_malformed",
    "body_md5_of_nothing",
    "body_reserialised",
    "body_newlines_changed",
    "body_charset_changed",
    "body_changed",
    "path_spelled_differently",
    "method_wrong",
    "lines_joined_wrongly",
  ],
};
