/** Receives each complete frame in place: the payload is `bytes[start..end)`, valid only during the call. */
export interface FrameSink {
  frame(opcode: number, bytes: Uint8Array, start: number, end: number): void;
}

export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/**
 * Finds the frames in what one connection receives, by their headers alone.
 *
 * A chunk that ends on a frame's last byte, which is nearly every chunk, is walked where it lies; only the part of a
 * frame that is cut off is kept. Servers send neither masks nor, to us, fragments.
 */
export class FrameWalker {
  #cut: Uint8Array | null = null;

  walk(chunk: Uint8Array, sink: FrameSink): void {
    const bytes = this.#cut ? Buffer.concat([this.#cut, chunk]) : chunk;
    const length = bytes.length;
    let at = 0;
    while (length - at >= 2) {
      const short = (bytes[at + 1] as number) & 127;
      const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
      if (start > length) break;
      const end = start + (short < 126 ? short : longLength(bytes, at + 2, start));
      if (end > length) break;
      sink.frame((bytes[at] as number) & 15, bytes, start, end);
      at = end;
    }
    this.#cut = at < length ? Uint8Array.prototype.slice.call(bytes, at) : null;
  }
}

/** A frame as a client must send it. The mask is there but zero, so that masking costs nobody anything. */
export function encodeClientFrame(opcode: number, payload: string | Uint8Array = ""): Uint8Array {
  const body = Buffer.from(payload as string);
  const isShort = body.length < 126;
  const header = isShort
    ? [0x80 | opcode, 0x80 | body.length, 0, 0, 0, 0]
    : [0x80 | opcode, 0x80 | 126, body.length >> 8, body.length & 255, 0, 0, 0, 0];
  if (body.length > 0xffff) throw new Error("a client frame of more than 65,535 bytes is not needed here");
  return Buffer.concat([Buffer.from(header), body]);
}

function longLength(bytes: Uint8Array, from: number, to: number): number {
  let length = 0;
  for (let at = from; at < to; at++) length = length * 256 + (bytes[at] as number);
  return length;
}
