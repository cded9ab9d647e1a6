/** How long one awaited event may take unless a test says otherwise. Far above what any takes, so that only a fault meets it. */
export const PATIENCE_MS = 8_000;

/** Rejects when the promise takes longer, and says what was waited for. */
export async function within<T>(ms: number, promise: Promise<T>, describe: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`after ${ms} ms: ${describe()}`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks until the answer is the wanted one. Only for what the server does not announce, such as that a cached event has
 * expired or that it has noticed a broken connection.
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  ms: number = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`after ${ms} ms the answer was still ${JSON.stringify(answer)}`);
    await Bun.sleep(20);
  }
}
