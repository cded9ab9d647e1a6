import type { CandidateSecret } from "./candidate-secret.ts";
import { PLACEHOLDER_SECRETS } from "./placeholders.ts";
import type { Trial } from "./trials.ts";

type SecretGuess = Omit<Trial, "text">;

/** What else people sign with when they mean this secret: something of the same app, or the secret with a bit too much. */
export function misspelledSecrets(secret: CandidateSecret): readonly SecretGuess[] {
  const { appId, key, value } = secret;
  const bare = value.replace(/^[\s"'`]+|[\s"'`]+$/g, "");
  const padded: readonly (readonly [how: string, value: string])[] = [
    ["a line end at its end", `${value}\n`],
    ["double quotes around it", `"${value}"`],
    ["single quotes around it", `'${value}'`],
    ["a space at its end", `${value} `],
    ["a carriage return at its end", `${value}\r`],
    ["a carriage return and a line feed at its end", `${value}\r\n`],
    ["a space in front of it", ` ${value}`],
    ["the variable's name in front of it", `PUSHER_APP_SECRET=${value}`],
    ["the variable's name in front of it", `USHER_APP_SECRET=${value}`],
    ["a name in front of it", `secret=${value}`],
    ["no quotes or spaces, which the stored one has", bare],
    ["its letters in upper case", value.toUpperCase()],
    ["its letters in lower case", value.toLowerCase()],
  ];
  return [
    { cause: "key_used_as_secret", secret: key },
    { cause: "app_id_used_as_secret", secret: appId },
    ...padded
      .filter(([, spelled]) => spelled !== value)
      .map(([how, spelled]) => ({
        cause: "secret_padded" as const,
        secret: spelled,
        evidence: { how },
        matched: secret,
      })),
  ];
}

export function placeholderSecrets(): readonly SecretGuess[] {
  return PLACEHOLDER_SECRETS.map((secret) => ({
    cause: "secret_placeholder",
    secret,
    evidence: { placeholder: secret === "" ? "of nothing" : `"${secret}"` },
  }));
}
