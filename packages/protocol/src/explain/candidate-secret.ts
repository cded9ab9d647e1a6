/** A secret that a signature may have been made with, whether or not it is accepted. */
export interface CandidateSecret {
  readonly appId: string;
  readonly key: string;
  readonly slot: SecretSlot;
  /** Names the secret in explanations; its value never shows there. */
  readonly id: string;
  readonly value: string;
}

/** `given` is a secret that somebody typed in, of which nothing else is known. */
export type SecretSlot = "current" | "given" | "pending" | "retiring" | "revoked";

/** The candidates by how near they are to the one that should have been used. */
export interface SortedSecrets {
  /** Of the app that was asked and of the key that was given, the signing one first and revoked ones last. */
  readonly own: readonly CandidateSecret[];
  /** Of other keys of the same app. */
  readonly siblings: readonly CandidateSecret[];
  readonly foreign: readonly CandidateSecret[];
}

/** @param key as given; when no candidate has it, all secrets of the app count as its own. */
export function sortSecrets(
  secrets: readonly CandidateSecret[],
  appId: string | undefined,
  key: string | undefined,
): SortedSecrets {
  const asked = appId ?? secrets.find((secret) => secret.key === key)?.appId;
  const ofApp = secrets.filter((secret) => asked === undefined || secret.appId === asked);
  const ofKey = ofApp.filter((secret) => secret.key === key);
  const own = ofKey.length > 0 ? ofKey : ofApp;
  return {
    own: own.toSorted((a, b) => SLOTS.indexOf(a.slot) - SLOTS.indexOf(b.slot)),
    siblings: ofApp.filter((secret) => !own.includes(secret)),
    foreign: secrets.filter((secret) => !ofApp.includes(secret)),
  };
}

const SLOTS: readonly SecretSlot[] = ["current", "given", "pending", "retiring", "revoked"];
