import { bytesOfBase64, hexOf } from "./base64.ts";
import type { CauseCode } from "./causes.ts";
import type { Md5Hex } from "./explain-options.ts";
import type { Finding } from "./explanation.ts";
import { jsonSpellings } from "./json-spellings.ts";

// The name says what it is: everybody's MD5 of no bytes at all.
const MD5_OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e";

/**
 * Why `body_md5` does not fit the body; undefined when it does.
 *
 * @param given the parameter as it came.
 */
export function bodyFault(body: Uint8Array, given: string | undefined, md5Hex: Md5Hex): Finding | undefined {
  const { length } = body;
  if (given === undefined) {
    return length === 0 ? undefined : { cause: "body_md5_missing", evidence: { length } };
  }
  const actual = md5Hex(body);
  if (given === actual) return undefined;
  const how = otherNotation(given, actual);
  if (how !== undefined) return { cause: "body_md5_malformed", evidence: { how } };
  if (length === 0) return { cause: "body_lost" };
  if (given === MD5_OF_NOTHING) return { cause: "body_md5_of_nothing", evidence: { length } };
  return otherBody(body, given.toLowerCase(), md5Hex) ?? { cause: "body_changed", evidence: { length } };
}

function otherNotation(given: string, actual: string): string | undefined {
  if (given.toLowerCase() === actual) return "upper-case hex";
  if (given.length > 30) return undefined;
  const bytes = bytesOfBase64(given);
  return bytes && hexOf(bytes) === actual ? "base64" : undefined;
}

interface BodyGuess {
  readonly cause: CauseCode;
  readonly how: string;
  readonly bytes: Uint8Array;
}

/** A body past this is not taken apart: each guess would hash it again. */
const LONGEST_BODY = 65_536;

function otherBody(body: Uint8Array, given: string, md5Hex: Md5Hex): Finding | undefined {
  if (body.length > LONGEST_BODY) return undefined;
  const { length } = body;
  for (const { cause, how, bytes } of bodyGuesses(body)) {
    if (md5Hex(bytes) === given) {
      return { cause, evidence: { how, length, signedLength: bytes.length } };
    }
  }
  return undefined;
}

function* bodyGuesses(body: Uint8Array): Iterable<BodyGuess> {
  const encoder = new TextEncoder();
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  const guess = (cause: CauseCode, how: string, other: string): BodyGuess => ({
    cause,
    how,
    bytes: encoder.encode(other),
  });
  yield guess("body_newlines_changed", "signed without the line end at the end", text.replace(/\r?\n$/, ""));
  yield guess("body_newlines_changed", "signed with a line feed at the end", `${text}\n`);
  yield guess("body_newlines_changed", "signed with CRLF, sent with LF", text.replace(/\r?\n/g, "\r\n"));
  yield guess("body_newlines_changed", "signed with LF, sent with CRLF", text.replaceAll("\r\n", "\n"));
  for (const { how, text: spelled } of jsonSpellings(text)) {
    yield guess("body_reserialised", `signed ${how}`, spelled);
  }
  yield guess("body_charset_changed", "signed without the byte order mark", text.replace(/^\ufeff/, ""));
  yield guess("body_charset_changed", "signed with a byte order mark", `\ufeff${text}`);
  yield { cause: "body_charset_changed", how: "signed as Latin-1, sent as UTF-8", bytes: latin1(text) };
  yield guess("body_charset_changed", "signed as UTF-8, sent as Latin-1", fromLatin1(body));
  const inner = innerText(text);
  if (inner !== undefined) yield guess("body_reserialised", "signed before it was encoded once more", inner);
  yield guess("body_reserialised", "signed after it was encoded once more", JSON.stringify(text));
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => Math.min(character.charCodeAt(0), 0xff));
}

function fromLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function innerText(text: string): string | undefined {
  if (!text.startsWith('"')) return undefined;
  try {
    const inner: unknown = JSON.parse(text);
    return typeof inner === "string" ? inner : undefined;
  } catch {
    return undefined;
  }
}
