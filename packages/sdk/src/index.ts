export {
  type ChannelToSign,
  channelSharedSecret,
  type SignedChannel,
  type SignedUser,
  signChannel,
  signUser,
  type UserToSign,
} from "./authorize-channel.ts";
export { hmacSha256Hex } from "./hmac.ts";
export { ParameterError, type ParameterErrorCode } from "./parameter-error.ts";
