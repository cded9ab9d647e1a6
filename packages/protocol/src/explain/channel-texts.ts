import { channelStringToSign, userStringToSign } from "../signature.ts";
import type { CauseCode } from "./causes.ts";
import type { Evidence } from "./explanation.ts";
import { jsonSpellings } from "./json-spellings.ts";
import type { RefusedSubscription } from "./refusal.ts";

/** A text that may have been signed in place of the right one. */
export interface TextGuess {
  readonly cause: CauseCode;
  readonly text: string;
  readonly evidence?: Evidence;
}

type Asked = Pick<RefusedSubscription, "socketId" | "channel">;

/** What may have been signed in place of `socket_id:channel` or `socket_id:channel:channel_data`, the likeliest first. */
export function channelTexts({ socketId, channel }: Asked, data: string | undefined): readonly TextGuess[] {
  const asked = { socketId, channel };
  const groups = [
    ...(data === undefined ? [] : dataGroups(asked, data)),
    orderTexts(asked, data),
    lineEndTexts(asked, data),
    [signed("trailing_colon", channelStringToSign(socketId, channel, ""))],
    [signed("signed_as_user", userStringToSign(socketId, data ?? ""))],
    prefixTexts(asked, data),
    unreadTexts(asked),
    formTexts(asked),
    encodedTexts(asked, data),
    separatorTexts(asked, data),
  ];
  // The usual form of every mistake, and only then the odd ones: the limits may end the list anywhere.
  return [...groups.flatMap((group) => group.slice(0, 1)), ...groups.flatMap((group) => group.slice(1))];
}

/** The texts for the same parts of another connection. */
export function otherSocketTexts(
  { channel, otherSocketIds }: RefusedSubscription,
  data: string | undefined,
): readonly TextGuess[] {
  return otherSocketIds.map((otherSocketId) => ({
    cause: "socket_id_stale",
    text: channelStringToSign(otherSocketId, channel, data),
    evidence: { otherSocketId },
  }));
}

/** The texts for other channels of the same connection. */
export function otherChannelTexts(
  { socketId, otherChannels }: RefusedSubscription,
  data: string | undefined,
): readonly TextGuess[] {
  return otherChannels.flatMap((otherChannel) =>
    // The answer for another channel may have come without data of its own.
    [data, undefined].map((itsData) => ({
      cause: "channel_other" as const,
      text: channelStringToSign(socketId, otherChannel, itsData),
      evidence: { otherChannel },
    })),
  );
}

function dataGroups({ socketId, channel }: Asked, data: string): TextGuess[][] {
  const asked = { socketId, channel };
  const spelled = jsonTexts(asked, data);
  return [
    [{ cause: "channel_data_not_signed", text: channelStringToSign(socketId, channel) }],
    userIdTexts(asked, data),
    // The defaults of the languages, each a usual form by itself.
    ...spelled.slice(0, LANGUAGES).map((guess) => [guess]),
    stringifiedTexts(asked),
    spelled.slice(LANGUAGES),
  ];
}

const LANGUAGES = 6;

function stringifiedTexts({ socketId, channel }: Asked): TextGuess[] {
  return ["[object Object]", "Array", "undefined", "null"].map((text) =>
    signed("channel_data_stringified", channelStringToSign(socketId, channel, text)),
  );
}

function userIdTexts({ socketId, channel }: Asked, data: string): TextGuess[] {
  const asNumber = data.replace(/("user_id"\s*:\s*)"(-?\d+)"/, "$1$2");
  const asString = data.replace(/("user_id"\s*:\s*)(-?\d+)(?=\s*[,}])/, '$1"$2"');
  const guess = (text: string, signedType: string, sentType: string): TextGuess[] =>
    text === data
      ? []
      : [
          {
            cause: "user_id_type_changed",
            text: channelStringToSign(socketId, channel, text),
            evidence: { signedType, sentType },
          },
        ];
  return [...guess(asNumber, "a number", "a string"), ...guess(asString, "a string", "a number")];
}

function orderTexts({ socketId, channel }: Asked, data: string | undefined): TextGuess[] {
  const swapped = signed("arguments_swapped", channelStringToSign(channel, socketId, data));
  if (data === undefined) return [swapped];
  return [
    swapped,
    signed("arguments_swapped", `${channel}:${socketId}`),
    signed("arguments_swapped", `${socketId}:${data}:${channel}`),
    signed("arguments_swapped", `${channel}:${data}:${socketId}`),
    signed("arguments_swapped", `${data}:${socketId}:${channel}`),
  ];
}

function lineEndTexts({ socketId, channel }: Asked, data: string | undefined): TextGuess[] {
  const right = channelStringToSign(socketId, channel, data);
  return ["\n", "\r\n"].map((end) => ({ cause: "newline_signed", text: right + end }));
}

function separatorTexts({ socketId, channel }: Asked, data: string | undefined): TextGuess[] {
  const parts = data === undefined ? [socketId, channel] : [socketId, channel, data];
  return ["", "::", ",", " ", "|"].map((separator) => signed("separator_wrong", parts.join(separator)));
}

function jsonTexts({ socketId, channel }: Asked, data: string): TextGuess[] {
  return jsonSpellings(data).map(({ how, text }) => ({
    cause: "channel_data_reserialised",
    text: channelStringToSign(socketId, channel, text),
    evidence: { how },
  }));
}

const PREFIX =
  /^(?:private-encrypted-cache-|private-encrypted-|private-cache-|presence-cache-|private-|presence-)/;

/** Laravel's callbacks see the name without its prefix, and some endpoints put one in front by themselves. */
function prefixTexts({ socketId, channel }: Asked, data: string | undefined): TextGuess[] {
  const prefix = PREFIX.exec(channel)?.[0] ?? "";
  const bare = channel.slice(prefix.length);
  const laravels = channel.replace(/^(?:private-encrypted-|private-|presence-)/, "");
  const others = [
    bare,
    laravels,
    `private-${bare}`,
    `presence-${bare}`,
    `private-encrypted-${bare}`,
    prefix + channel,
  ];
  return others
    .filter((otherChannel) => otherChannel !== channel)
    .map((otherChannel) => ({
      cause: "channel_prefix_wrong",
      text: channelStringToSign(socketId, otherChannel, data),
      evidence: { otherChannel },
    }));
}

/** What an endpoint signs that did not find the request's values. */
function unreadTexts({ socketId }: Asked): TextGuess[] {
  return ["undefined:undefined", ":", "None:None", "null:null", `${socketId}:undefined`, `${socketId}:`].map(
    (text) => signed("form_body_not_parsed", text),
  );
}

function formTexts({ socketId, channel }: Asked): TextGuess[] {
  return [encodeURIComponent(channel.toWellFormed()), channel].map((name) => ({
    cause: "form_body_signed",
    text: `socket_id=${socketId}&channel_name=${name}`,
  }));
}

function encodedTexts({ socketId, channel }: Asked, data: string | undefined): TextGuess[] {
  const encoded = encodeURIComponent(channel.toWellFormed());
  if (encoded === channel) return [];
  return [signed("value_encoded", channelStringToSign(socketId, encoded, data))];
}

function signed(cause: CauseCode, text: string): TextGuess {
  return { cause, text, evidence: { signed: JSON.stringify(text) } };
}
