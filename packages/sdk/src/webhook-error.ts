/** Why a webhook was not taken. Stable names, to compare with. */
export type WebhookErrorCode =
  | "not_verified"
  | "content_type_invalid"
  | "key_unknown"
  | "signature_invalid"
  | "body_invalid"
  | "body_too_large"
  | "too_old";

export interface WebhookParts {
  readonly contentType: string | undefined;
  readonly body: string | undefined;
  readonly signature: string | undefined;
}

/** A webhook that must not be believed, with the fields of the official library's error. */
export class WebHookError extends Error {
  override readonly name: string = "PusherWebHookError";
  readonly code: WebhookErrorCode;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
  readonly signature: string | undefined;

  constructor(code: WebhookErrorCode, message: string, { contentType, body, signature }: WebhookParts) {
    super(message);
    this.code = code;
    this.contentType = contentType;
    this.body = body;
    this.signature = signature;
  }
}
