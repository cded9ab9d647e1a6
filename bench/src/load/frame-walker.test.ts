import { expect, test } from "bun:test";
import { encodeClientFrame, FrameWalker, OPCODE } from "./frame-walker.ts";

test("finds every frame of one chunk, short, 16-bit and 64-bit lengths alike", () => {
  const payloads = ["", "a", "b".repeat(125), "c".repeat(126), "d".repeat(65_535), "e".repeat(65_536)];
  expect(walk([Buffer.concat(payloads.map(serverFrame))])).toEqual(payloads);
});

test("finds the same frames however the stream is cut", () => {
  const payloads = ["first", "f".repeat(300), "", "last"];
  const stream = Buffer.concat(payloads.map(serverFrame));
  for (let size = 1; size <= stream.length; size++) expect(walk(chunksOf(stream, size))).toEqual(payloads);
});

test("tells text from control frames", () => {
  const opcodes: number[] = [];
  new FrameWalker().walk(Buffer.from([0x81, 1, 65, 0x89, 0, 0x88, 2, 3, 232]), {
    frame: (opcode) => opcodes.push(opcode),
  });
  expect(opcodes).toEqual([OPCODE.text, OPCODE.ping, OPCODE.close]);
});

test("masks with a zero key, which leaves the payload readable", () => {
  expect([...encodeClientFrame(OPCODE.text, "hi")]).toEqual([0x81, 0x82, 0, 0, 0, 0, 104, 105]);
  expect([...encodeClientFrame(OPCODE.text, "x".repeat(200)).subarray(0, 4)]).toEqual([0x81, 0xfe, 0, 200]);
});

function walk(chunks: readonly Uint8Array[]): string[] {
  const found: string[] = [];
  const walker = new FrameWalker();
  const sink = {
    frame: (_: number, bytes: Uint8Array, start: number, end: number) => {
      found.push(Buffer.from(bytes.subarray(start, end)).toString());
    },
  };
  for (const chunk of chunks) walker.walk(chunk, sink);
  return found;
}

function serverFrame(text: string): Buffer {
  const length = Buffer.alloc(text.length < 126 ? 1 : text.length < 65_536 ? 3 : 9);
  if (length.length === 1) length[0] = text.length;
  else if (length.length === 3) length.writeUInt16BE(text.length, 1);
  else length.writeBigUInt64BE(BigInt(text.length), 1);
  if (length.length > 1) length[0] = length.length === 3 ? 126 : 127;
  return Buffer.concat([Buffer.from([0x81]), length, Buffer.from(text)]);
}

function chunksOf(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}
