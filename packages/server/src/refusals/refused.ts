import type { App, Connection } from "@usher/hub";
import type { ErrorCode, UsherError } from "@usher/protocol";
import type { Route } from "../edges/http-api/routes.ts";

/** A frame that was refused, with what is needed to find out why. */
export interface RefusedFrame {
  readonly kind: "frame";
  readonly app: App;
  readonly connection: Connection;
  readonly operation: string;
  readonly channel: string | undefined;
  readonly error: UsherError;
  /** The frame as it came; undefined where it was none of text. */
  readonly frame: string | undefined;
}

/** A request to the HTTP API that was refused. */
export interface RefusedCall {
  readonly kind: "call";
  /** Undefined where the path names no app that there is. */
  readonly app: App | undefined;
  readonly route: Route;
  readonly error: UsherError;
  readonly method: string;
  /** As the client sees it, without the query. */
  readonly path: string;
  readonly rawQuery: string;
  /** Undefined where the refusal came before it was read. */
  readonly body: Uint8Array | undefined;
}

export type Refused = RefusedFrame | RefusedCall;

/** What was asked for, as people read it: `subscribe`, `api events`. */
export function operationOf(refused: Refused): string {
  return refused.kind === "call" ? `api ${refused.route.name}` : refused.operation;
}

/** Is this a refusal whose cause lies in what somebody signed or failed to sign? */
export function hasCause({ error }: Refused): boolean {
  return WITH_CAUSE.has(error.code);
}

const WITH_CAUSE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "auth_missing",
  "auth_malformed",
  "auth_key_mismatch",
  "signature_mismatch",
  "presence_data_missing",
  "presence_data_invalid",
  "parameter_missing",
  "signin_auth_malformed",
  "signin_key_mismatch",
  "signin_signature_mismatch",
  "user_data_invalid",
  "http_app_not_found",
  "http_auth_key_missing",
  "http_auth_key_unknown",
  "http_auth_version_missing",
  "http_auth_version_unsupported",
  "http_auth_timestamp_missing",
  "http_auth_timestamp_expired",
  "http_auth_signature_missing",
  "http_auth_signature_mismatch",
  "http_body_md5_mismatch",
]);
