import type { Position } from "@usher/hub";

/**
 * Reads the head that the script put in front of an event which it gave a position: `<epoch>/<serial>`. Undefined for any
 * other.
 *
 * It is Redis's own word and not signed: who could forge it could write to the streams as well.
 */
export function parsePosition(head: string): Position | undefined {
  const [, epoch, digits] = /^([\w-]{1,64})\/(\d{1,15})$/.exec(head) ?? [];
  return epoch === undefined ? undefined : { epoch, serial: Number(digits) };
}
