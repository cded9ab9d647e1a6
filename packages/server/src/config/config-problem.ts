/** One thing wrong with the configuration, in words that let its author mend it without reading code. */
export interface ConfigProblem {
  /** The key as a file has it, such as `ops_port` or `app.settings.client_events`. */
  readonly key: string;
  /** Where the value came from: a flag (`--port`), a variable (`USHER_PORT`) or a line (`usher.toml:3`). */
  readonly source: string;
  readonly problem: string;
  readonly fix: string;
}

/** Two lines: what is wrong where, and what to do about it. */
export function formatProblem({ key, source, problem, fix }: ConfigProblem): string {
  return `${source}: ${key}: ${problem}\n  ${fix}`;
}
