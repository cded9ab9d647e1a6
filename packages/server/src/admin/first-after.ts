/**
 * The first so many texts that come after another one, in the order of their code units.
 *
 * One pass that keeps little: a page of a hundred thousand channels must not mean sorting all of them.
 */
export function firstAfter(texts: Iterable<string>, after: string | null, count: number): string[] {
  let kept: string[] = [];
  let last: string | undefined;
  for (const text of texts) {
    if (after !== null && text <= after) continue;
    if (last !== undefined && text >= last) continue;
    kept.push(text);
    if (kept.length < 2 * count) continue;
    kept = smallest(kept, count);
    last = kept.at(-1);
  }
  return smallest(kept, count);
}

function smallest(texts: string[], count: number): string[] {
  // The default order of sort() is that of code units.
  return texts.sort().slice(0, count);
}
