export { type BatchedAuthorization, batchedAuthorization } from "./batched-authorization.ts";
export {
  type Gap,
  type ResumableChannel,
  type ResumablePusher,
  type ResumeOptions,
  resume,
} from "./resume.ts";
export type { BackOff } from "./return-calmly.ts";
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
