export {
  anyText,
  channelNames,
  type JsonMember,
  type JsonObjectText,
  jsonObjects,
  jsonStrings,
  jsonTexts,
  socketIds,
  userIds,
} from "./arbitraries.ts";
export { hmacHex } from "./hmac.ts";
export {
  CHANNEL_EXAMPLES,
  type ChannelExample,
  EXAMPLE_APP,
  HTTP_EXAMPLES,
  type HttpExample,
  ROTATION_EXAMPLES,
  USER_EXAMPLES,
  type UserExample,
  WEBHOOK_EXAMPLES,
  type WebhookExample,
} from "./worked-examples.ts";
