import { join } from "node:path";
import { track } from "../children.ts";
import type { AuthorizeJob, AuthorizeOutcome, Target } from "../job.ts";
import type { Row } from "../row.ts";
import { runLoad } from "../run-load.ts";
import { answersOk, freePort } from "../servers.ts";

const JOB: Omit<AuthorizeJob, "isBatched" | "endpointPort" | "endpointPid"> = {
  kind: "authorize",
  pages: 500,
  channels: 40,
  warmUpPages: 250,
  pagesAtOnce: 16,
  requestsInFlight: 16,
};

/**
 * Private subscriptions from end to end: pages with forty channels each, the app's endpoint on the toolkit, the server.
 * The figure is subscriptions for each second of CPU that server and endpoint use together.
 */
export function authorizeRow(
  name: string,
  title: string,
  isBatched: boolean,
  leastPerCore: number | null,
): Row {
  return {
    name,
    title,
    unit: "/s and core",
    hold: leastPerCore === null ? { kind: "always" } : { kind: "at least", limit: leastPerCore },
    // Three processes share the machine, and the client is one of them.
    saturates: false,
    async measure({ target }, isQuick) {
      const endpoint = await startEndpoint(target);
      const size = isQuick ? { pages: 20, warmUpPages: 4 } : {};
      const job = { ...JOB, ...size, isBatched, endpointPort: endpoint.port, endpointPid: endpoint.pid };
      try {
        const seen = await runLoad(target, job);
        const wanted = job.pages * job.channels;
        return {
          figure: perCore(seen),
          serverBusy: seen.usage.serverBusy,
          latency: null,
          checks: [
            {
              what: "every channel was joined",
              passed: seen.subscribed === wanted,
              seen: `${seen.subscribed} of ${wanted}`,
            },
            requestCheck(seen, job),
          ],
        };
      } finally {
        endpoint.stop();
      }
    },
  };
}

function perCore({ subscribed, usage, endpointCpuSeconds }: AuthorizeOutcome): number | null {
  if (usage.serverCpuSeconds === null || endpointCpuSeconds === null) return null;
  return subscribed / (usage.serverCpuSeconds + endpointCpuSeconds);
}

function requestCheck({ requests }: AuthorizeOutcome, job: AuthorizeJob) {
  const pages = job.pages + job.warmUpPages;
  const wanted = job.isBatched ? pages : pages * job.channels;
  return {
    what: "the endpoint was asked as often as it should be",
    passed: requests === wanted,
    seen: `${requests} of ${wanted}`,
  };
}

async function startEndpoint({ key, secret }: Target) {
  const port = freePort();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../auth-endpoint.ts")], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    env: {
      PATH: process.env.PATH,
      NODE_ENV: "production",
      AUTH_PORT: String(port),
      USHER_APP_KEY: key,
      USHER_APP_SECRET: secret,
    },
  });
  track(child);
  const isThere = await answersOk(
    `http://127.0.0.1:${port}/`,
    () => child.exitCode === null,
    () => true,
  );
  if (!isThere) throw new Error("the authorization endpoint did not start");
  return { port, pid: child.pid, stop: () => child.kill("SIGKILL") };
}
