/**
 * The slot of a key or topic in a Redis Cluster, 0 to 16,383: CRC16 (XMODEM) of the part in braces, or of all of it.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
export function hashSlot(name: string): number {
  let crc = 0;
  for (const byte of Buffer.from(hashTag(name), "utf8")) {
    crc = ((crc << 8) ^ (CRC16[((crc >> 8) ^ byte) & 0xff] ?? 0)) & 0xffff;
  }
  return crc % SLOTS;
}

export const SLOTS = 16_384;

function hashTag(name: string): string {
  const open = name.indexOf("{");
  const close = name.indexOf("}", open + 1);
  return open < 0 || close <= open + 1 ? name : name.slice(open + 1, close);
}

const POLYNOMIAL = 0x1021;

const CRC16 = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc;
});
