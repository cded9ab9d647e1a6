import type { SecretState } from "../../api/secrets.ts";
import type { Tone } from "../../ui/badge.tsx";

/** The colour of each state of a secret, wherever it is shown. */
export const TONES: Readonly<Record<SecretState, Tone>> = {
  current: "good",
  pending: "accent",
  retiring: "warn",
  revoked: "bad",
};
