import {
  alternativeHttpStringsToSign,
  httpStringToSign,
  parseQuery,
  type QueryParameter,
  queryValue,
} from "../http-signature.ts";
import { bodyFault } from "./explain-body.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { isAccepted, traceSignature } from "./explain-signature.ts";
import { type Explanation, explanationOf, type Finding } from "./explanation.ts";
import { readDigest } from "./read-digest.ts";
import type { RefusedRequest } from "./refusal.ts";
import { parameterFault } from "./request-parameters.ts";
import { requestTexts } from "./request-texts.ts";

/** Why the HTTP API refused a request. */
export function explainRequest(refused: RefusedRequest, options: ExplainOptions): Explanation {
  const { appId, method, path, rawQuery, body } = refused;
  const { secrets, hmacHex, md5Hex, limits } = options;
  const query = parseQuery(rawQuery);
  const stringToSign = httpStringToSign(method, path, query);
  const signature = readSignature(query, options);
  const bodyMd5 = body && body.length > 0 ? md5Hex(body) : undefined;
  const traced = traceSignature(
    {
      right: [stringToSign, ...alternativeHttpStringsToSign(method, path, rawQuery, query)],
      near: requestTexts(refused, bodyMd5, otherAppIds(refused, options)),
      far: [],
    },
    { digest: signature.digest, key: queryValue(query, "auth_key"), appId, secrets, hmacHex, limits },
  );

  const ofBody = body && bodyFault(body, queryValue(query, "body_md5"), md5Hex);
  const findings: readonly (Finding | undefined)[] = [
    parameterFault(refused, query, secrets),
    signature.fault,
    isAccepted(traced.found) ? (ofBody ?? traced.found) : traced.found,
    ofBody,
  ];
  const [finding, also] = findings.filter((each) => each !== undefined);
  return explanationOf(finding ?? { cause: "unknown", evidence: { tried: `${traced.hmacs} guesses` } }, {
    stringToSign,
    also,
    tried: traced.tried,
    secrets,
  });
}

function readSignature(query: readonly QueryParameter[], { secrets }: ExplainOptions) {
  const signature = queryValue(query, "auth_signature");
  if (signature === undefined) return { digest: undefined, fault: undefined };
  const sent = secrets.find(({ value }) => value.length > 3 && signature.includes(value));
  if (sent) return { digest: undefined, fault: { cause: "secret_sent_as_signature" } as const };
  return readDigest(signature);
}

const MOST_OTHER_APPS = 3;

/** Apps whose path may have been signed: those whose secrets are known, the owner of the key first. */
function otherAppIds({ appId, rawQuery }: RefusedRequest, { secrets }: ExplainOptions): readonly string[] {
  const key = queryValue(parseQuery(rawQuery), "auth_key");
  const owner = secrets.find((secret) => secret.key === key)?.appId;
  const ids = [...(owner === undefined ? [] : [owner]), ...secrets.map((secret) => secret.appId)];
  return [...new Set(ids)].filter((id) => id !== appId).slice(0, MOST_OTHER_APPS);
}
