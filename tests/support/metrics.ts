import type { TestServer } from "./server.ts";

/** What `/metrics` says right now, by name and labels as they stand there. */
export type Metrics = ReadonlyMap<string, number>;

export async function metricsOf({ host, opsPort }: Pick<TestServer, "host" | "opsPort">): Promise<Metrics> {
  // Not kept alive: who counts open connections should not leave one behind.
  const response = await fetch(`http://${host}:${opsPort}/metrics`, { headers: { connection: "close" } });
  const page = await response.text();
  const samples = page.matchAll(/^(?<name>[a-z_]+(?:\{.*\})?) (?<value>\S+)$/gm);
  return new Map(Array.from(samples, ({ groups }) => [groups?.name ?? "", Number(groups?.value)]));
}

/** The sum of a metric over all its labels. */
export function sumOf(metrics: Metrics, name: string): number {
  let sum = 0;
  for (const [sample, value] of metrics) if (sample === name || sample.startsWith(`${name}{`)) sum += value;
  return sum;
}
