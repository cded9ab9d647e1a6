interface Secret {
  readonly value: string;
}

/**
 * The text with every secret in it replaced, the longest first, so that one secret inside another leaves nothing over.
 *
 * Secrets of one to three letters stay: they would turn every text into holes, and protect nothing.
 */
export function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const found = secrets.filter(({ value }) => value.length >= SHORTEST && text.includes(value));
  if (found.length === 0) return text;
  return found
    .toSorted((a, b) => b.value.length - a.value.length)
    .reduce((clean, { value }) => clean.replaceAll(value, "[secret]"), text);
}

const SHORTEST = 4;

/**
 * Enough of a signature to recognise it by and too little to use it. What is no digest shows its length alone: it might
 * be a secret.
 */
export function shortSignature(signature: string): string {
  if (!DIGEST.test(signature)) return `(${signature.length} characters)`;
  return `${signature.slice(0, 6)}...${signature.slice(-6)}`;
}

const DIGEST = /^[0-9a-fA-F]{64}$/;
