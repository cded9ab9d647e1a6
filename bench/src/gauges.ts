/** Gauges by name and labels, as Prometheus writes them: `usher_connections{app="1"}`. */
export type Gauges = ReadonlyMap<string, number>;

/** What a server counts because of its connections; other gauges (memory, uptime, build) go their own way. */
const IS_COUNT = /connection|subscri|channel|member|user|socket|topic|queue|pending|timer/;
const IS_LIMIT = /limit|max|quota|capacity|bytes|seconds/;
const PATIENCE_MS = 10_000;
const WATCH_MS = 200;

async function readGauges(metricsUrl: string): Promise<Gauges> {
  const response = await fetch(metricsUrl, { headers: { connection: "close" } });
  if (!response.ok) throw new Error(`${metricsUrl} answered ${response.status}`);
  return parseGauges(await response.text());
}

/** Starts looking at the gauges now and then; what it returns stops, and tells which of them have left zero. */
export function watchGauges(metricsUrl: string): () => ReadonlySet<string> {
  const moved = new Set<string>();
  const look = async () => {
    for (const [name, value] of await readGauges(metricsUrl)) if (value > 0) moved.add(name);
  };
  // A page missed is looked at again soon; a server that has gone is noticed by whoever loads it.
  const timer = setInterval(() => look().catch(() => {}), WATCH_MS);
  return () => {
    clearInterval(timer);
    return moved;
  };
}

/** Waits until all gauges are zero; returns those that are not, as text. */
export async function waitForZero(metricsUrl: string): Promise<readonly string[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const astray = [...(await readGauges(metricsUrl))].filter(([, value]) => value !== 0);
    if (astray.length === 0 || performance.now() > deadline)
      return astray.map(([name, value]) => `${name} is ${value}`);
    await Bun.sleep(100);
  }
}

export function parseGauges(text: string): Gauges {
  const gauges = new Map<string, number>();
  let isGauge = false;
  for (const line of text.split("\n")) {
    const type = /^# TYPE (\S+) (\S+)/.exec(line);
    if (type) isGauge = type[2] === "gauge" && IS_COUNT.test(type[1] ?? "") && !IS_LIMIT.test(type[1] ?? "");
    const sample = line.startsWith("#") ? null : /^([^\s{]+(?:\{.*\})?) (\S+)/.exec(line);
    if (isGauge && sample?.[1]) gauges.set(sample[1], Number(sample[2]));
  }
  return gauges;
}
