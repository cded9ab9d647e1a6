import { isJsonObject, parseJsonObject } from "../json-object.ts";
import type { CandidateSecret } from "./candidate-secret.ts";
import type { Finding } from "./explanation.ts";
import { readDigest } from "./read-digest.ts";
import { keyFault } from "./read-key.ts";

/** What an auth value says before anything is computed. */
export interface AuthReading {
  readonly key: string | undefined;
  /** The digest that it stands for, however it is written. */
  readonly digest: string | undefined;
  readonly fault: Finding | undefined;
}

/** Reads an `auth` of whatever type, which should be the text `key:signature`. */
export function readAuth(
  auth: unknown,
  appId: string | undefined,
  secrets: readonly CandidateSecret[],
): AuthReading {
  if (auth === undefined || auth === null || auth === "") return fault({ cause: "auth_absent" });
  if (typeof auth === "string") return readText(auth, appId, secrets);
  if (isJsonObject(auth) && typeof auth.auth === "string") return doubled(auth.auth, appId, secrets);
  return fault({ cause: "auth_not_a_string", evidence: { type: typeName(auth) } });
}

/** "an object", "a number": how a value of the wrong type is named. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function readText(auth: string, appId: string | undefined, secrets: readonly CandidateSecret[]): AuthReading {
  const inner = auth.trimStart().startsWith("{") ? parseJsonObject(auth)?.auth : undefined;
  if (typeof inner === "string") return doubled(inner, appId, secrets);
  const colon = auth.indexOf(":");
  if (colon === -1) return readWithoutColon(auth, secrets);

  const { digest, fault: digestFault } = readSignature(auth.slice(colon + 1), secrets);
  const key = auth.slice(0, colon);
  // A wrapper around both opens in front of the key and closes behind the signature: Some(key:signature).
  const isWrapped = digestFault?.cause === "auth_wrapped";
  const bareKey = isWrapped ? (/[\w-]+$/.exec(key)?.[0] ?? key) : key;
  const wrongKey = keyFault(bareKey, appId, secrets);
  return { key: bareKey, digest, fault: isWrapped ? digestFault : (wrongKey ?? digestFault) };
}

function readSignature(
  signature: string,
  secrets: readonly CandidateSecret[],
): ReturnType<typeof readDigest> {
  const sent = secrets.find(({ value }) => value.length > 3 && signature.includes(value));
  if (sent) return { digest: undefined, fault: { cause: "secret_sent_as_signature" } };
  return readDigest(signature);
}

function readWithoutColon(auth: string, secrets: readonly CandidateSecret[]): AuthReading {
  const { digest, fault: digestFault } = readSignature(auth, secrets);
  if (digestFault?.cause === "secret_sent_as_signature") return fault(digestFault);
  if (digest === undefined) return fault({ cause: "auth_malformed" });
  return { key: undefined, digest, fault: { cause: "key_prefix_missing" } };
}

function doubled(inner: string, appId: string | undefined, secrets: readonly CandidateSecret[]): AuthReading {
  const { key, digest } = inner.trimStart().startsWith("{")
    ? { key: undefined, digest: undefined }
    : readText(inner, appId, secrets);
  return { key, digest, fault: { cause: "auth_double_encoded" } };
}

function fault(finding: Finding): AuthReading {
  return { key: undefined, digest: undefined, fault: finding };
}
