import { bytesOfBase64, hexOf } from "./base64.ts";
import type { Finding } from "./explanation.ts";

/** What a signature's text says before anything is computed. */
export interface DigestReading {
  /** Lower-case hex HMAC-SHA256 that the text stands for, however it is written; undefined when it stands for none. */
  readonly digest: string | undefined;
  readonly fault: Finding | undefined;
}

/** Reads a signature that should be 64 characters of lower-case hex. */
export function readDigest(signature: string): DigestReading {
  if (/^[0-9a-f]{64}$/.test(signature)) return { digest: signature, fault: undefined };
  if (/^[0-9a-fA-F]{64}$/.test(signature)) {
    return { digest: signature.toLowerCase(), fault: { cause: "signature_uppercase" } };
  }
  return (
    readBase64(signature) ??
    readOtherAlgorithm(signature) ??
    readWrapped(signature) ?? {
      digest: undefined,
      fault: { cause: "signature_malformed", evidence: { length: signature.length } },
    }
  );
}

function readBase64(signature: string): DigestReading | undefined {
  // 43 or 44 characters hold 32 bytes; 86 to 88 hold the 64 letters of a hex digest, which some encode once more.
  const isOfBytes = signature.length === 43 || signature.length === 44;
  if (!isOfBytes && (signature.length < 86 || signature.length > 88)) return undefined;
  const bytes = bytesOfBase64(signature);
  if (!bytes || /^[0-9a-fA-F]+$/.test(signature)) return undefined;
  const url = /[-_]|[^=]$/.test(signature) ? "base64url" : "base64";
  if (bytes.length === 32) return base64Fault(hexOf(bytes), url);
  const text = String.fromCharCode(...bytes);
  return /^[0-9a-fA-F]{64}$/.test(text) ? base64Fault(text.toLowerCase(), "base64 of the hex") : undefined;
}

function base64Fault(digest: string, encoding: string): DigestReading {
  return { digest, fault: { cause: "signature_base64", evidence: { encoding } } };
}

const ALGORITHM_BY_HEX_LENGTH: Readonly<Record<number, string>> = {
  32: "MD5",
  40: "SHA-1",
  56: "SHA-224",
  96: "SHA-384",
  128: "SHA-512",
};

function readOtherAlgorithm(signature: string): DigestReading | undefined {
  const { length } = signature;
  const algorithm = ALGORITHM_BY_HEX_LENGTH[length];
  if (algorithm === undefined || !/^[0-9a-fA-F]+$/.test(signature)) return undefined;
  return { digest: undefined, fault: { cause: "digest_not_sha256", evidence: { algorithm, length } } };
}

const LONGEST_WRAPPER = 500;

function readWrapped(signature: string): DigestReading | undefined {
  if (signature.length > LONGEST_WRAPPER) return undefined;
  const hex = /(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])/.exec(signature)?.[0];
  if (hex === undefined) return undefined;
  const around = JSON.stringify(signature.replace(hex, "..."));
  return { digest: hex.toLowerCase(), fault: { cause: "auth_wrapped", evidence: { around } } };
}
