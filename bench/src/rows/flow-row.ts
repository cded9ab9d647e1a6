import { cpuUsPer } from "../cpu.ts";
import type { FlowJob } from "../job.ts";
import type { Row } from "../row.ts";
import { runLoad } from "../run-load.ts";

/** CPU per delivery while events flow; with one subscriber that is CPU per signed publish. */
export function flowRow(name: string, title: string, limit: number, job: FlowJob): Row {
  return {
    name,
    title,
    unit: "us",
    hold: { kind: "ratio", limit },
    saturates: job.pace.kind === "closed",
    async measure({ target }, isQuick) {
      const seen = await runLoad(
        target,
        isQuick ? { ...job, warmUpEvents: 200, warmUpSeconds: 0.2, seconds: 0.6 } : job,
      );
      return {
        figure: cpuUsPer(seen.usage, seen.deliveries),
        serverBusy: seen.usage.serverBusy,
        latency: seen.latency,
        checks: [
          { what: "events were delivered", passed: seen.events > 0, seen: `${seen.events} events` },
          {
            what: "every event reached every subscriber once",
            passed: seen.lost === 0,
            seen: `${seen.lost} lost`,
          },
          {
            what: "every publish was answered 200",
            passed: seen.httpErrors === 0,
            seen: seen.firstError
              ? `${seen.httpErrors} were not: ${seen.firstError}`
              : `${seen.httpErrors} were not`,
          },
          { what: "no publish was left out", passed: seen.late === 0, seen: `${seen.late} left out` },
        ],
      };
    },
  };
}
