/**
 * What decides who does what, and when, in one run of the tests in this folder. `USHER_TEST_SEEDS=1-20` for a long run of
 * them, `USHER_TEST_SEEDS=7` for one again that failed.
 */
export const SEEDS: readonly number[] = seedsOf(process.env.USHER_TEST_SEEDS ?? "1");

function seedsOf(text: string): number[] {
  const [first = 1, last = first] = text.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
