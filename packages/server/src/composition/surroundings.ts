import { randomFillSync } from "node:crypto";

const randomWords = new Uint32Array(256);
let randomWordsLeft = 0;

/** Uniform from 0 up to but not including 1, from the system's generator, which is asked for many at a time. */
export function secureRandom(): number {
  if (randomWordsLeft === 0) {
    randomFillSync(randomWords);
    randomWordsLeft = randomWords.length;
  }
  randomWordsLeft--;
  return (randomWords[randomWordsLeft] ?? 0) / 0x1_0000_0000;
}

/** Calls back once, unless the returned function is called before. */
export function cancellable(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
