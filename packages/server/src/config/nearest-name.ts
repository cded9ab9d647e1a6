/** The known name that a mistyped one most likely meant, or undefined when none is close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const farthest = Math.max(1, Math.floor(name.length / 3));
  let nearest: string | undefined;
  let nearestDistance = farthest + 1;
  for (const candidate of known) {
    const distance = editDistance(normalise(name), normalise(candidate));
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** `clientEvents` and `client-events` are `client_events` to a reader, so they are no distance apart here. */
function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

/** Levenshtein's distance: how many characters to add, remove or replace. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, at(previous, j) + 1, at(current, j - 1) + 1));
    }
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
