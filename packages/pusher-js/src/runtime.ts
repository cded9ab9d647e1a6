/** What a global object has of time and chance. Tests bring their own. */
export interface Runtime {
  readonly Date: { now(): number };
  readonly Math: { random(): number };
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Rejects when the work takes longer, and aborts it. */
export function within<T>(
  ms: number,
  runtime: Runtime,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const aborter = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = runtime.setTimeout(() => {
      reject(new Error(`nothing within ${ms} ms`));
      aborter.abort();
    }, ms);
    void work(aborter.signal)
      .then(resolve, reject)
      .then(() => runtime.clearTimeout(timer));
  });
}
