export { type BatchedAuthorization, batchedAuthorization } from "./batched-authorization.ts";
export type {
  AuthorizationCallback,
  AuthorizationData,
  AuthorizationError,
  BatchedAuthorizationOptions,
  Fields,
  PusherChannel,
  PusherClass,
  PusherClient,
} from "./types.ts";
