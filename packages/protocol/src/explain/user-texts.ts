import { channelStringToSign, userStringToSign } from "../signature.ts";
import type { CauseCode } from "./causes.ts";
import type { TextGuess } from "./channel-texts.ts";
import { jsonSpellings } from "./json-spellings.ts";
import { userOfData } from "./member-data.ts";
import type { RefusedSignin } from "./refusal.ts";

/** What may have been signed in place of `socket_id::user::user_data`, the likeliest first. */
export function userTexts(socketId: string, userData: string): readonly TextGuess[] {
  const id = userOfData(userData);
  const right = userStringToSign(socketId, userData);
  return [
    signed("user_separator_wrong", `${socketId}:user:${userData}`),
    signed("signed_as_channel", channelStringToSign(socketId, userData)),
    ...jsonSpellings(userData).map(({ how, text }) => ({
      cause: "user_data_reserialised" as const,
      text: userStringToSign(socketId, text),
      evidence: { how },
    })),
    { cause: "newline_signed", text: `${right}\n` },
    signed("arguments_swapped", `${userData}::user::${socketId}`),
    ...[`${socketId}::user::`, `${socketId}::user`, socketId].map((text) =>
      signed("user_data_not_signed", text),
    ),
    ...(id === undefined ? [] : idTexts(socketId, id, userData)),
    ...["[object Object]", "Array", "undefined", "null"].map((text) =>
      signed("user_data_stringified", userStringToSign(socketId, text)),
    ),
    ...["undefined", "null", "None", ""].map((text) =>
      signed("form_body_not_parsed", userStringToSign(text, userData)),
    ),
    ...["::user:", ":user::", "::", ":::user:::", "user", ""].map((separator) =>
      signed("user_separator_wrong", `${socketId}${separator}${userData}`),
    ),
    { cause: "newline_signed", text: `${right}\r\n` },
  ];
}

/** What somebody signs who knows of channels only: the id in place of the data, or the user's own channel. */
function idTexts(socketId: string, id: string, userData: string): TextGuess[] {
  const itsChannel = `#server-to-user-${id}`;
  return [
    signed("user_data_not_signed", userStringToSign(socketId, id)),
    signed("signed_as_channel", channelStringToSign(socketId, id)),
    signed("signed_as_channel", channelStringToSign(socketId, itsChannel)),
    signed("signed_as_channel", channelStringToSign(socketId, itsChannel, userData)),
  ];
}

/** The texts for the same user on another connection. */
export function otherSocketUserTexts(
  { otherSocketIds }: RefusedSignin,
  userData: string,
): readonly TextGuess[] {
  return otherSocketIds.map((otherSocketId) => ({
    cause: "socket_id_stale",
    text: userStringToSign(otherSocketId, userData),
    evidence: { otherSocketId },
  }));
}

function signed(cause: CauseCode, text: string): TextGuess {
  return { cause, text, evidence: { signed: JSON.stringify(text) } };
}
