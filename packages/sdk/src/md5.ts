import { toHex, utf8 } from "./bytes.ts";

/**
 * Lower-case hex MD5, which the HTTP API asks for as `body_md5` and WebCrypto does not have.
 *
 * It guards nothing here: the signature, made with HMAC-SHA256, covers it. @see RFC 1321.
 */
export function md5Hex(text: string): string {
  const words = paddedWords(utf8(text));
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < words.length; block += 16) addBlock(state, words, block);
  return toHex(littleEndian(state));
}

function addBlock(state: Int32Array, words: Int32Array, block: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const word = words[block + wordIndex(round, step)] as number;
    const sum = (a + mix(round, b, c, d) + word + (SINES[step] as number)) | 0;
    const turn = TURNS[round * 4 + (step & 3)] as number;
    const turned = (sum << turn) | (sum >>> (32 - turn));
    // One by one: taken apart and put together as a list, this is ten times slower on some engines.
    a = d;
    d = c;
    c = b;
    b = (b + turned) | 0;
  }
  for (const [index, value] of [a, b, c, d].entries()) state[index] = (state[index] as number) + value;
}

/** 2^32 times the absolute sine of 1 to 64 radians. Written out, as engines may differ in the last bit of a sine. */
// biome-ignore format: eight to a line.
const SINES = Int32Array.of(
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
);

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
  for (let index = 0; index < bytes.length; index++) put(words, index, bytes[index] as number);
  put(words, bytes.length, 0x80);
  words[words.length - 2] = bytes.length << 3;
  words[words.length - 1] = Math.floor(bytes.length / 2 ** 29);
  return words;
}

function put(words: Int32Array, index: number, byte: number): void {
  const word = index >> 2;
  words[word] = (words[word] as number) | (byte << ((index & 3) * 8));
}

function littleEndian(words: Int32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  for (const [index, word] of words.entries()) bytes.setInt32(index * 4, word, true);
  return new Uint8Array(bytes.buffer);
}
