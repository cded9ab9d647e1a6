import type { SlowConsumerJob, StalledEnding } from "../job.ts";
import type { Row } from "../row.ts";
import { runLoad } from "../run-load.ts";

const JOB: SlowConsumerJob = {
  kind: "slow consumer",
  healthy: 20,
  stalled: 4,
  events: 5_000,
  payloadBytes: 10_000,
};

/**
 * What the server may hold for each subscriber that does not read. A few times a sensible send buffer, since the heap
 * grows in steps, and a small part of the flood.
 */
const HELD_MB_PER_STALLED = 8;

/** What a server holds for subscribers that have stopped reading, how it ends them, and what the others notice. */
export function slowConsumerRow(): Row {
  return {
    name: "slow-consumer",
    title: "memory growth while 4 subscribers leave 50 MB each unread",
    unit: "MB",
    hold: { kind: "always" },
    async measure({ target }, isQuick) {
      const job = isQuick ? { ...JOB, healthy: 5, events: 2_500 } : JOB;
      const { rssBeforeKb, rssPeakKb, healthyLost, httpErrors, stalled } = await runLoad(target, job);
      const grownMb =
        rssBeforeKb === null || rssPeakKb === null ? null : Math.max(0, rssPeakKb - rssBeforeKb) / 1024;
      return {
        figure: grownMb,
        serverBusy: null,
        latency: null,
        checks: [
          {
            what: "the others got every event, in order",
            passed: healthyLost === 0 && httpErrors === 0,
            seen: `${healthyLost} lost, ${httpErrors} publishes refused`,
          },
          {
            what: "each slow subscriber is closed with a code",
            passed: stalled.every(({ ended, closeCode }) => ended && closeCode !== null),
            seen: stalled.map(describeEnding).join("; "),
          },
          {
            what: "none is given a stream with a hole in it",
            passed: stalled.every(
              ({ sawHole, ended, eventsRead }) => !sawHole && (ended || eventsRead === job.events),
            ),
            seen: `${stalled.filter(({ sawHole }) => sawHole).length} saw a hole`,
          },
          {
            what: `no more than ${HELD_MB_PER_STALLED} MB is held for each`,
            passed: grownMb === null || grownMb <= HELD_MB_PER_STALLED * job.stalled,
            seen: grownMb === null ? "memory unknown" : `${grownMb.toFixed(1)} MB for ${job.stalled}`,
          },
        ],
      };
    },
  };
}

function describeEnding({ eventsRead, ended, closeCode, errorFrame }: StalledEnding): string {
  const end = closeCode !== null ? `closed with ${closeCode}` : ended ? "ended without a code" : "left open";
  return `${end} after ${eventsRead} events${errorFrame ? ` and ${errorFrame}` : ""}`;
}
