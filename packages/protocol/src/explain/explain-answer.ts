import { channelTraits } from "../channel-name.ts";
import { isJsonObject, type JsonObject } from "../json-object.ts";
import { bytesOfBase64 } from "./base64.ts";
import { explainSubscription } from "./explain-channel.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { explainSignin } from "./explain-user.ts";
import { type Explanation, explanationOf, type Finding } from "./explanation.ts";
import type { RefusedSignin, RefusedSubscription } from "./refusal.ts";

/** What an endpoint was asked for: the refusal without what only its answer can tell. */
export type AskedOfEndpoint =
  | Omit<RefusedSubscription, "auth" | "channelData">
  | Omit<RefusedSignin, "auth" | "userData">;

/** What is wrong with the answer of an authorization endpoint. @param body of the answer, as it came. */
export function explainAnswer(body: string, asked: AskedOfEndpoint, options: ExplainOptions): Explanation {
  const answer = readAnswer(body, asked.kind === "channel" ? asked.channel : undefined);
  if (!answer.ok) return concluding(answer.fault, options);
  const { auth, channel_data: channelData, user_data: userData, shared_secret: sharedSecret } = answer.value;
  if (asked.kind === "user") return explainSignin({ ...asked, auth, userData }, options);
  const explanation = explainSubscription({ ...asked, auth, channelData }, options);
  const isRight = explanation.cause === "signature_valid";
  const fault =
    isRight && channelTraits(asked.channel).isEncrypted ? sharedSecretFault(sharedSecret) : undefined;
  return fault ? { ...concluding(fault, options), stringToSign: explanation.stringToSign } : explanation;
}

type Answer =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly fault: Finding };

function readAnswer(body: string, channel: string | undefined): Answer {
  const text = withoutCallback(body.trim());
  if (text === "") return { ok: false, fault: { cause: "response_empty" } };
  const value = parseJson(text);
  if (!isJsonObject(value)) return notJson(text, value);
  const ofChannel = channel !== undefined && Object.hasOwn(value, channel) ? value[channel] : undefined;
  const isOfBatch = isJsonObject(ofChannel) && isJsonObject(ofChannel.data);
  return { ok: true, value: isOfBatch ? (ofChannel.data as JsonObject) : value };
}

/** The JSON inside a JSONP answer. */
function withoutCallback(text: string): string {
  return /^(?:\/\*\*\/)?\s*[\w.$]+(?:\[[^\]]*\])?\((\{[\s\S]*\})\);?$/.exec(text)?.[1] ?? text;
}

function notJson(text: string, value: unknown): Answer {
  const what = /^<(?:!doctype|html|\?xml)/i.test(text)
    ? "an HTML page"
    : value === undefined
      ? "text"
      : "other JSON";
  return { ok: false, fault: { cause: "response_not_json", evidence: { what } } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sharedSecretFault(sharedSecret: unknown): Finding | undefined {
  if (sharedSecret === undefined || sharedSecret === null) return { cause: "shared_secret_missing" };
  const bytes = typeof sharedSecret === "string" ? bytesOfBase64(sharedSecret) : undefined;
  return bytes?.length === 32 ? undefined : { cause: "shared_secret_malformed" };
}

function concluding(fault: Finding, { secrets }: ExplainOptions): Explanation {
  return explanationOf(fault, { stringToSign: undefined, tried: [], secrets });
}
