import { readFileSync } from "node:fs";
import type { Usage } from "../job.ts";

/** The unit of the CPU times in /proc, which Linux fixes at 100 a second for every program it runs. */
const TICKS_PER_SECOND = 100;
const PAGE_KB = 4;

/** Starts measuring; call what it returns at the end of the window. */
export function startUsage(pid: number | null): () => Usage {
  const startedAt = performance.now();
  const serverBefore = cpuSeconds(pid);
  const generatorBefore = process.cpuUsage();
  return () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const serverAfter = cpuSeconds(pid);
    const generator = process.cpuUsage(generatorBefore);
    const serverCpuSeconds =
      serverBefore === null || serverAfter === null ? null : serverAfter - serverBefore;
    return {
      seconds,
      serverCpuSeconds,
      serverBusy: serverCpuSeconds === null ? null : serverCpuSeconds / seconds,
      generatorBusy: (generator.user + generator.system) / 1e6 / seconds,
    };
  };
}

/** Resident memory of a process, or null without one. */
export function rssKb(pid: number | null): number | null {
  if (pid === null) return null;
  return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE_KB;
}

/** User and system time of all threads of a process. */
function cpuSeconds(pid: number | null): number | null {
  if (pid === null) return null;
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field is the program's name in parentheses and may hold spaces; the rest does not.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
