/**
 * The `data` of a benchmark event: a mark, the time it was sent, its number, and filling.
 *
 * Every field has a fixed width, so a reader finds the digits in a frame without parsing the frame.
 */
const MARK = "T#";
const TIME_DIGITS = 16;
const NUMBER_DIGITS = 10;
const NUMBER_AT = MARK.length + TIME_DIGITS + 1;
const MIN_DATA_BYTES = NUMBER_AT + NUMBER_DIGITS;

/** Writes event data. JSON leaves these characters as they are, so they look the same inside a frame. */
export class EventDataWriter {
  readonly #filling: string;

  constructor(bytes: number) {
    this.#filling = "x".repeat(Math.max(0, bytes - MIN_DATA_BYTES));
  }

  write(number: number, timeUs: number): string {
    const time = String(timeUs).padStart(TIME_DIGITS, "0");
    return `${MARK}${time}#${String(number).padStart(NUMBER_DIGITS, "0")}${this.#filling}`;
  }
}

/** Finds event data in received frames. All events of one run have one shape, so the last place is tried first. */
export class EventDataReader {
  #offset = 0;

  /** Returns where event data begins in `bytes[start..end)`, or -1 when this frame is something else. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < MIN_DATA_BYTES) return -1;
    if (isMark(bytes, start + this.#offset)) return start + this.#offset;
    for (let at = start; at <= end - MIN_DATA_BYTES; at++) {
      if (!isMark(bytes, at)) continue;
      this.#offset = at - start;
      return at;
    }
    return -1;
  }

  number(bytes: Uint8Array, at: number): number {
    return readDigits(bytes, at + NUMBER_AT, NUMBER_DIGITS);
  }

  timeUs(bytes: Uint8Array, at: number): number {
    return readDigits(bytes, at + MARK.length, TIME_DIGITS);
  }
}

function isMark(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x54 && bytes[at + 1] === 0x23;
}

function readDigits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 10 + (bytes[i] as number) - 48;
  return value;
}
