import { hash } from "node:crypto";

/** Lower-case hex, as `body_md5` has it. A checksum here and no more: it is the signature over it that protects. */
export function md5Hex(bytes: Uint8Array): string {
  return hash("md5", bytes, "hex");
}
