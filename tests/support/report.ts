/** Prints a figure that a run is worth keeping for; tests print nothing else. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Seconds with one decimal, for people. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
