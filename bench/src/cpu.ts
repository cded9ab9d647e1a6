import type { Usage } from "./job.ts";

/** The server's CPU time in microseconds for each of `count` units of work, or null when it is not known. */
export function cpuUsPer({ serverCpuSeconds }: Usage, count: number): number | null {
  return serverCpuSeconds === null || count === 0 ? null : (serverCpuSeconds * 1e6) / count;
}
