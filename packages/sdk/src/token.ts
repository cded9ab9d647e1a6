import { equalInConstantTime } from "@usher/protocol";
import { hmacSha256Hex } from "./hmac.ts";
import { ParameterError } from "./parameter-error.ts";

/** A key with its secret; or with several, while one is being replaced: the first signs, all verify. */
export class Token {
  readonly key: string;
  readonly #secrets: readonly [string, ...string[]];

  constructor(key: string, secret: string | readonly string[]) {
    this.key = checkedKey(key);
    this.#secrets = checkedSecrets(secret);
  }

  /** What to sign with, for whoever signs by hand. */
  get secret(): string {
    return this.#secrets[0];
  }

  /** Lower-case hex HMAC-SHA256 with the first secret. */
  sign(text: string | Uint8Array): Promise<string> {
    return hmacSha256Hex(this.secret, text);
  }

  /** Was this signed with one of the secrets? A promise, so never without `await`: a promise by itself is truthy. */
  async verify(text: string | Uint8Array, signature: string): Promise<boolean> {
    // All are tried, whichever matches, so that time tells nothing about them.
    const digests = await Promise.all(this.#secrets.map((secret) => hmacSha256Hex(secret, text)));
    return digests.filter((digest) => equalInConstantTime(digest, signature)).length > 0;
  }
}

function checkedKey(key: unknown): string {
  if (typeof key === "string" && key !== "") return key;
  throw new ParameterError("option_invalid", "key must be the app's key, a string that is not empty");
}

function checkedSecrets(secret: unknown): readonly [string, ...string[]] {
  const [first, ...others]: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  const secrets = [first, ...others];
  if (areSecrets(secrets)) return secrets;
  throw new ParameterError(
    "option_invalid",
    "secret must be the app's secret, a string that is not empty, or a list of such strings",
  );
}

function areSecrets(secrets: readonly unknown[]): secrets is readonly [string, ...string[]] {
  return secrets.every((secret) => typeof secret === "string" && secret !== "");
}
