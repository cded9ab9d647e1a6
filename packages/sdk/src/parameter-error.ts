/** What was wrong with an argument or an option. Stable names, to compare with. */
export type ParameterErrorCode =
  | "socket_id_invalid"
  | "channel_name_invalid"
  | "channel_name_too_long"
  | "too_many_channels"
  | "event_name_invalid"
  | "event_name_too_long"
  | "event_data_invalid"
  | "user_id_invalid"
  | "user_data_invalid"
  | "grants_invalid"
  | "encryption_unavailable"
  | "encrypted_with_others"
  | "request_invalid"
  | "option_invalid";

/**
 * An argument or option that cannot be used. Nothing was signed and nothing was sent.
 *
 * Messages begin as those of the official library do, so that code which looks at them goes on working.
 */
export class ParameterError extends Error {
  override readonly name: string = "UsherParameterError";
  readonly code: ParameterErrorCode;

  constructor(code: ParameterErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
