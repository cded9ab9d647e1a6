import { channelTraits } from "../channel-name.ts";
import { channelStringToSign } from "../signature.ts";
import { channelTexts, otherChannelTexts, otherSocketTexts } from "./channel-texts.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { isAccepted, traceSignature } from "./explain-signature.ts";
import { type Explanation, explanationOf, type Finding } from "./explanation.ts";
import { channelDataFault, channelDataTypeFault } from "./member-data.ts";
import { readAuth } from "./read-auth.ts";
import type { RefusedSubscription } from "./refusal.ts";

/** Why a subscription to a private or presence channel was refused. */
export function explainSubscription(refused: RefusedSubscription, options: ExplainOptions): Explanation {
  const { appId, socketId, channel } = refused;
  const { secrets, hmacHex, limits } = options;
  const { isPresence } = channelTraits(channel);
  const data =
    typeof refused.channelData === "string" && refused.channelData !== "" ? refused.channelData : undefined;
  const stringToSign = channelStringToSign(socketId, channel, data);
  const auth = readAuth(refused.auth, appId, secrets);
  const traced = traceSignature(
    {
      // On a private channel the data may be signed or not.
      right:
        isPresence || data === undefined
          ? [stringToSign]
          : [stringToSign, channelStringToSign(socketId, channel)],
      near: channelTexts(refused, data),
      far: [...otherSocketTexts(refused, data), ...otherChannelTexts(refused, data)],
    },
    { ...auth, appId, secrets, hmacHex, limits },
  );

  const typeFault = channelDataTypeFault(refused.channelData, isPresence, refused.isSignedIn);
  const dataFault = isPresence && data !== undefined ? channelDataFault(data) : undefined;
  // What is certain by its shape comes first: it would be refused whatever was signed.
  const findings: readonly (Finding | undefined)[] = [
    auth.fault,
    typeFault,
    isAccepted(traced.found) ? (dataFault ?? traced.found) : traced.found,
    dataFault,
  ];
  const [finding, also] = findings.filter((each) => each !== undefined);
  return explanationOf(finding ?? { cause: "unknown", evidence: { tried: `${traced.hmacs} guesses` } }, {
    stringToSign,
    also,
    tried: traced.tried,
    secrets,
  });
}
