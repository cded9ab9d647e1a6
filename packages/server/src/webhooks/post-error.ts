/** Why a request did not bring an answer that counts. Stable names, which the delivery log keeps. */
export type PostErrorCode =
  | "address_forbidden"
  | "connection_failed"
  | "host_not_found"
  | "redirected"
  | "status"
  | "timeout"
  | "tls_failed"
  | "url_invalid";

/** What became of one request. */
export interface PostResult {
  /** `null` when no answer came. */
  readonly status: number | null;
  /** `null` when it was taken: any 2xx. */
  readonly error: PostErrorCode | null;
  /** How the answer's body begins, or what the failure says of itself. */
  readonly response: string | null;
}
