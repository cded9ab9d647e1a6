import type { Batch, Viewer } from "./viewer.ts";

const BATCH_MS = 200;
/** Shorter than the engine's and usual proxies' patience with a silent connection. */
const SIGN_OF_LIFE_MS = 15_000;
/** Then the browser asks again by itself, and whether it still may is looked at again. */
const LONGEST_MS = 15 * 60_000;

export interface EventStreamOptions {
  readonly viewer: Viewer;
  readonly print: (batch: Batch) => unknown;
  /** Called once, however the stream ends. */
  readonly ended: () => void;
}

/** Server-sent events of what a viewer is to see, five times a second at most. A reader who is slow gets less, not later. */
export function eventStream({ viewer, print, ended }: EventStreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const timers: ReturnType<typeof setInterval>[] = [];
  const end = () => {
    for (const timer of timers.splice(0)) clearInterval(timer);
    ended();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string) => controller.enqueue(encoder.encode(text));
      const hasRoom = () => (controller.desiredSize ?? 0) > 0;
      write("event: ready\ndata: {}\n\n");
      timers.push(
        setInterval(() => {
          const batch = hasRoom() ? viewer.take() : undefined;
          if (batch) write(`event: entries\ndata: ${JSON.stringify(print(batch))}\n\n`);
        }, BATCH_MS),
        setInterval(() => {
          if (hasRoom()) write(": still here\n\n");
        }, SIGN_OF_LIFE_MS),
        setTimeout(() => {
          end();
          controller.close();
        }, LONGEST_MS),
      );
    },
    cancel: end,
  });
}
