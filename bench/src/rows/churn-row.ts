import { waitForZero, watchGauges } from "../gauges.ts";
import type { ChurnJob } from "../job.ts";
import type { Check, Row } from "../row.ts";
import { runLoad } from "../run-load.ts";
import { summarize } from "../statistics.ts";

const QUICK_CONNECTIONS = 4_000;
/** What a heap differs by from one moment to another. Of 100,000 connections, a leak of 300 bytes each makes as much. */
const DRIFT_MB = 12;

/** Whether a server forgets: memory and gauges after a great many connections have come and gone. */
export function churnRow(connections: number): Row {
  const job: ChurnJob = { kind: "churn", connections, concurrency: 200 };
  return {
    name: "churn",
    title: "memory growth while connections come and go",
    unit: "MB",
    hold: { kind: "always" },
    saturates: false,
    async measure({ target, metricsUrl }, isQuick) {
      const stopWatching = metricsUrl === null ? null : watchGauges(metricsUrl);
      const seen = await runLoad(
        target,
        isQuick ? { ...job, connections: Math.min(connections, QUICK_CONNECTIONS) } : job,
      );
      const grownMb = growthMb(seen.rssKb);
      const moved = stopWatching?.();
      const drift: Check = {
        what: `memory is flat within ${DRIFT_MB} MB`,
        // A short run is all warm-up, so its growth says nothing.
        passed: isQuick || grownMb === null || grownMb <= DRIFT_MB,
        seen: `MB: ${seen.rssKb.map((kb) => Math.round(kb / 1024)).join(" ")}`,
      };
      return {
        figure: grownMb,
        serverBusy: null,
        latency: null,
        checks: [
          {
            what: "every connection was subscribed",
            passed: seen.failed === 0,
            seen: `${seen.failed} failed`,
          },
          drift,
          ...(metricsUrl && moved ? [await gaugesAreBack(metricsUrl, moved)] : []),
        ],
      };
    },
  };
}

/**
 * How much the server's memory has grown from the middle of the run to its end.
 *
 * A collected heap is a saw-tooth of some 20,000 connections, so each part spans two teeth and its median stands for it.
 * The first fifth is left out: there the server's code is compiled and its heap finds its size.
 */
function growthMb(rssKb: readonly number[]): number | null {
  const part = (from: number, to: number) => summarize(rssKb.slice(rssKb.length * from, rssKb.length * to));
  const middle = part(0.2, 0.6);
  const end = part(0.6, 1);
  return middle && end ? (end.median - middle.median) / 1024 : null;
}

async function gaugesAreBack(metricsUrl: string, moved: ReadonlySet<string>): Promise<Check> {
  const astray = await waitForZero(metricsUrl);
  return {
    what: "every gauge moved and is back at zero",
    passed: moved.size > 0 && astray.length === 0,
    seen: astray.length > 0 ? astray.join(", ") : `${[...moved].join(", ") || "none"} moved`,
  };
}
