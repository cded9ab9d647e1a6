import { toHex, utf8 } from "./bytes.ts";

/**
 * Lower-case hex MD5, which the HTTP API asks for as `body_md5` and WebCrypto does not have.
 *
 * It guards nothing here: the signature, made with HMAC-SHA256, covers it. @see RFC 1321.
 */
export function md5Hex(text: string): string {
  const words = paddedWords(utf8(text));
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  for (let block = 0; block < words.length; block += 16) {
    const [a0, b0, c0, d0] = [a, b, c, d];
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      const word = words[block + wordIndex(round, step)] as number;
      const sum = (a + mix(round, b, c, d) + word + (SINES[step] as number)) | 0;
      const turn = TURNS[round * 4 + (step & 3)] as number;
      [a, d, c, b] = [d, c, b, (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0];
    }
    a = (a + a0) | 0;
    b = (b + b0) | 0;
    c = (c + c0) | 0;
    d = (d + d0) | 0;
  }
  return toHex(littleEndian([a, b, c, d]));
}

/** 2^32 times the absolute sine of 1 to 64 radians; whole numbers, and the same on every engine. */
const SINES = Int32Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32));

/** By how many bits each step rotates, four for each round. */
const TURNS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const;

function mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (b & d) | (c & ~d);
  if (round === 2) return b ^ c ^ d;
  return c ^ (b | ~d);
}

function wordIndex(round: number, step: number): number {
  if (round === 0) return step;
  if (round === 1) return (5 * step + 1) & 15;
  if (round === 2) return (3 * step + 5) & 15;
  return (7 * step) & 15;
}

/** The message as words of 32 bits, followed by a one, zeros, and its length in bits. */
function paddedWords(bytes: Uint8Array): Int32Array {
  const words = new Int32Array((((bytes.length + 8) >> 6) + 1) * 16);
  for (const [index, byte] of bytes.entries()) put(words, index, byte);
  put(words, bytes.length, 0x80);
  words[words.length - 2] = bytes.length << 3;
  words[words.length - 1] = Math.floor(bytes.length / 2 ** 29);
  return words;
}

function put(words: Int32Array, index: number, byte: number): void {
  const word = index >> 2;
  words[word] = (words[word] as number) | (byte << ((index & 3) * 8));
}

function littleEndian(words: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  for (const [index, word] of words.entries()) bytes.setInt32(index * 4, word, true);
  return new Uint8Array(bytes.buffer);
}
