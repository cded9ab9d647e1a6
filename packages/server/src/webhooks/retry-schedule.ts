const DELAYS_SECONDS = [1, 2, 4, 8, 16, 32, 60, 60, 60] as const;

/** The first try and each of the repetitions: about five minutes in all. */
export const MOST_ATTEMPTS = DELAYS_SECONDS.length + 1;

/**
 * How long to wait after a failed attempt, in milliseconds; undefined when it was the last.
 *
 * @param attempts how many there have been, at least 1.
 * @param random uniform from 0 up to but not including 1. The wait is up to a fifth shorter or longer, so that what
 *   failed together does not come back together.
 */
export function retryDelayMs(attempts: number, random: () => number): number | undefined {
  const seconds = DELAYS_SECONDS[attempts - 1];
  return seconds === undefined ? undefined : Math.round(seconds * 1000 * (0.8 + 0.4 * random()));
}
