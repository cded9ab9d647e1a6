import { userStringToSign } from "../signature.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { isAccepted, traceSignature } from "./explain-signature.ts";
import { type Explanation, explanationOf, type Finding } from "./explanation.ts";
import { userDataFault, userDataTypeFault } from "./member-data.ts";
import { readAuth } from "./read-auth.ts";
import type { RefusedSignin } from "./refusal.ts";
import { otherSocketUserTexts, userTexts } from "./user-texts.ts";

/** Why a sign-in was refused. */
export function explainSignin(refused: RefusedSignin, options: ExplainOptions): Explanation {
  const { appId, socketId } = refused;
  const { secrets, hmacHex, limits } = options;
  const data = typeof refused.userData === "string" ? refused.userData : "";
  const stringToSign = userStringToSign(socketId, data);
  const auth = readAuth(refused.auth, appId, secrets);
  const traced = traceSignature(
    { right: [stringToSign], near: userTexts(socketId, data), far: otherSocketUserTexts(refused, data) },
    { ...auth, appId, secrets, hmacHex, limits },
  );

  const dataFault = data === "" ? undefined : userDataFault(data);
  const findings: readonly (Finding | undefined)[] = [
    auth.fault,
    userDataTypeFault(refused.userData),
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
