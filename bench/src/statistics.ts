/** A quantity seen several times. The median stands for it; the extremes tell how far to trust it. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Returns null without samples. */
export function summarize(samples: readonly number[]): Summary | null {
  const sorted = [...samples].sort((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return null;
  const upper = sorted[sorted.length >> 1] ?? max;
  const lower = sorted[(sorted.length - 1) >> 1] ?? min;
  return { median: (lower + upper) / 2, min, max };
}

/**
 * Divides each round's figure by the other server's figure of the same round.
 *
 * A pair ran within seconds of each other, so what the machine was doing just then is in both and cancels out; medians
 * of each server by itself, divided afterwards, would keep it.
 */
export function pairwiseRatios(ours: readonly number[], baseline: readonly number[]): readonly number[] {
  return ours.flatMap((figure, round) => {
    const other = baseline[round];
    return other === undefined || other === 0 ? [] : [figure / other];
  });
}
