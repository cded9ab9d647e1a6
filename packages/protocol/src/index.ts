export {
  type ChannelName,
  type ChannelTraits,
  channelTraits,
  parseChannelName,
  userChannel,
  userOfChannel,
} from "./channel-name.ts";
export { claimOf, clientLabel, UNKNOWN_CLIENT } from "./client-label.ts";
export {
  type ClientMessage,
  encodeClientMessage,
  parseClientMessage,
  type ResumeRequest,
} from "./client-message.ts";
export {
  closeReason,
  ERRORS,
  type ErrorCode,
  type ErrorDetails,
  type ErrorSpec,
  UsherError,
} from "./errors.ts";
export { isClientEventName, isReservedEventName } from "./event-name.ts";
export { type Handshake, parseHandshake } from "./handshake.ts";
export {
  alternativeHttpStringsToSign,
  httpStringToSign,
  parseQuery,
  type QueryParameter,
  queryValue,
  queryValues,
  usualHttpStringToSign,
} from "./http-signature.ts";
export { isJsonObject, type JsonObject, parseJsonObject } from "./json-object.ts";
export { fail, ok, type Result, unreachable } from "./result.ts";
export { encodeServerMessage, type Member, type ServerMessage } from "./server-message.ts";
export {
  type AuthValue,
  channelStringToSign,
  equalInConstantTime,
  findSigningSecret,
  formatAuthValue,
  type HmacHex,
  parseAuthValue,
  userStringToSign,
} from "./signature.ts";
export { isSocketId, makeSocketId, type SocketId } from "./socket-id.ts";
export {
  checkMemberSize,
  type MemberLimits,
  parseChannelData,
  parseUserData,
  type SignedInUser,
} from "./user-data.ts";
export { exceedsUtf8, utf8Length } from "./utf8.ts";
