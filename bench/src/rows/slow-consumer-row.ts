import type { SlowConsumerJob, SlowEnding } from "../job.ts";
import type { Row } from "../row.ts";
import { runLoad } from "../run-load.ts";

const JOB: SlowConsumerJob = {
  kind: "slow consumer",
  healthy: 20,
  pausing: 2,
  stalled: 2,
  // The kernel takes 4 MB for each socket before the server has to hold anything; 12 MB are a slow consumer for sure.
  readOnAfterEvents: 1_200,
  events: 5_000,
  payloadBytes: 10_000,
};

/** For each slow subscriber: a few times a sensible send buffer, since heaps grow in steps, and a small part of the flood. */
const HELD_MB_EACH = 8;

/** What a server holds for subscribers that have stopped reading, how it ends them, and what the others notice. */
export function slowConsumerRow(): Row {
  return {
    name: "slow-consumer",
    title: "memory growth while 4 of 24 subscribers do not read 50 MB",
    unit: "MB",
    hold: { kind: "always" },
    saturates: false,
    async measure({ target }, isQuick) {
      const job = isQuick ? { ...JOB, healthy: 5, events: 2_500 } : JOB;
      const seen = await runLoad(target, job);
      const { rssBeforeKb, rssPeakKb, healthyLost, httpErrors, pausing, stalled } = seen;
      const slow = [...pausing, ...stalled];
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
            what: "a slow subscriber that reads on is told by a close code",
            passed: pausing.every(({ ended, closeCode }) => ended && closeCode !== null),
            seen: pausing.map(describeEnding).join("; "),
          },
          {
            what: "one that never reads is given up",
            passed: stalled.every(({ ended }) => ended),
            seen: stalled.map(describeEnding).join("; "),
          },
          {
            what: "none is given a stream with a hole in it",
            passed: slow.every(
              ({ sawHole, ended, eventsRead }) => !sawHole && (ended || eventsRead === job.events),
            ),
            seen: `${slow.filter(({ sawHole }) => sawHole).length} saw a hole`,
          },
          {
            what: `no more than ${HELD_MB_EACH} MB is held for each`,
            passed: grownMb === null || grownMb <= HELD_MB_EACH * slow.length,
            seen: grownMb === null ? "memory unknown" : `${grownMb.toFixed(1)} MB for ${slow.length}`,
          },
        ],
      };
    },
  };
}

function describeEnding({ eventsRead, ended, closeCode, errorFrame }: SlowEnding): string {
  const end = closeCode !== null ? `closed with ${closeCode}` : ended ? "ended without a code" : "left open";
  return `${end} after ${eventsRead} events${errorFrame ? ` and ${errorFrame}` : ""}`;
}
