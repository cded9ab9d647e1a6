import { cpuUsPer } from "../cpu.ts";
import type { ConnectJob, ConnectOutcome } from "../job.ts";
import type { Check, Row } from "../row.ts";
import { runLoad } from "../run-load.ts";

/** CPU for each connection that is accepted, greeted and subscribed. */
export function acceptRow(name: string, title: string, access: ConnectJob["access"]): Row {
  const job: ConnectJob = {
    kind: "connect",
    sockets: 10_000,
    access,
    // A compiler that works at run time is done with the code on the way of a connection after about this many.
    warmUpSockets: 20_000,
    settleSeconds: 0,
  };
  return {
    name,
    title,
    unit: "us",
    hold: { kind: "ratio", limit: 1.5 },
    // A TCP handshake over loopback costs the client more kernel time than the server.
    saturates: false,
    async measure({ target }, isQuick) {
      const seen = await runLoad(target, isQuick ? { ...job, sockets: 2_000, warmUpSockets: 200 } : job);
      return {
        figure: cpuUsPer(seen.usage, seen.subscribed),
        serverBusy: seen.usage.serverBusy,
        latency: null,
        checks: [allSubscribed(seen)],
      };
    },
  };
}

/** Resident memory for each idle subscribed socket, from a server that has just started to one that holds them all. */
export function memoryRow(): Row {
  const job: ConnectJob = {
    kind: "connect",
    sockets: 10_000,
    access: "public",
    warmUpSockets: 0,
    settleSeconds: 2,
  };
  return {
    name: "memory",
    title: "resident memory per idle subscribed socket",
    unit: "KB",
    hold: { kind: "at most", limit: 4 },
    saturates: false,
    async measure({ target }, isQuick) {
      const seen = await runLoad(target, isQuick ? { ...job, sockets: 2_000, settleSeconds: 0.3 } : job);
      const { rssBeforeKb, rssAfterKb, subscribed } = seen;
      const isKnown = rssBeforeKb !== null && rssAfterKb !== null && subscribed > 0;
      return {
        figure: isKnown ? (rssAfterKb - rssBeforeKb) / subscribed : null,
        serverBusy: null,
        latency: null,
        checks: [allSubscribed(seen)],
      };
    },
  };
}

function allSubscribed({ subscribed, failed, firstError }: ConnectOutcome): Check {
  return {
    what: "every connection was subscribed and stayed",
    passed: failed === 0 && subscribed > 0,
    seen: `${subscribed} subscribed, ${failed} failed${firstError ? `: ${firstError}` : ""}`,
  };
}
