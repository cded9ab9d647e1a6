import { equalInConstantTime } from "../signature.ts";
import type { CandidateSecret } from "./candidate-secret.ts";
import type { Finding } from "./explanation.ts";
import { isPlaceholder } from "./placeholders.ts";

/** What is wrong with the key that came along, as far as the known apps tell; undefined when it is the app's. */
export function keyFault(
  key: string,
  appId: string | undefined,
  secrets: readonly CandidateSecret[],
): Finding | undefined {
  if (key === "") return { cause: "auth_malformed" };
  const owner = secrets.find((secret) => secret.key === key);
  if (owner && (appId === undefined || owner.appId === appId)) return undefined;
  if (owner) return { cause: "key_of_another_app", evidence: { app: owner.appId } };
  if (secrets.some(({ value }) => equalInConstantTime(value, key))) return { cause: "secret_used_as_key" };
  if (secrets.some((secret) => secret.appId === key)) return { cause: "app_id_used_as_key" };
  return (
    padded(key, secrets) ??
    (isPlaceholder(key)
      ? { cause: "key_placeholder", evidence: { key } }
      : { cause: "key_unknown", evidence: { key: shownKey(key) } })
  );
}

function padded(key: string, secrets: readonly CandidateSecret[]): Finding | undefined {
  const isKnown = (text: string) => secrets.some((secret) => secret.key === text);
  const bare = key.replace(/^[\s"'`]+|[\s"'`]+$/g, "");
  if (bare !== key && isKnown(bare)) return { cause: "key_padded", evidence: { how: "quotes or spaces" } };
  const withoutName = bare.replace(/^\w+=["']?/, "");
  if (withoutName !== bare && isKnown(withoutName)) {
    return { cause: "key_padded", evidence: { how: "the variable's name in front of it" } };
  }
  const isOtherCase = secrets.some((secret) => secret.key.toLowerCase() === bare.toLowerCase());
  return isOtherCase ? { cause: "key_padded", evidence: { how: "upper and lower case" } } : undefined;
}

/** Enough to recognise a key by; what nobody knows might be a secret of somewhere else. */
function shownKey(key: string): string {
  return key.length <= SHOWN ? key : `${key.slice(0, SHOWN)}... (${key.length} characters)`;
}

const SHOWN = 4;
