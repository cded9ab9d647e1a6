import { type StartClusterOptions, startCluster, type TestCluster } from "./cluster.ts";
import { endWithThisProcess } from "./lifeline.ts";

/**
 * A cluster for one group of tests after another: the one that a group with the same needs had before, if it still runs. It
 * lasts until it has not been wanted for a while, and no longer than this process.
 */
export async function lastingCluster(count: number, options: StartClusterOptions): Promise<TestCluster> {
  const key = JSON.stringify([count, options]);
  const known = lasting.get(key);
  lasting.delete(key);
  if (known && !isRunning(known)) await end(known);
  const wanted = known && isRunning(known) ? known : await start(count, options);
  lasting.set(key, wanted);
  const [oldest] = lasting;
  if (oldest && lasting.size > KEPT) {
    lasting.delete(oldest[0]);
    await end(oldest[1]);
  }
  return wanted.cluster;
}

interface Lasting {
  readonly cluster: TestCluster;
  /** Once it has ended. */
  readonly release: () => void;
}

/** Groups run one after the other, so that none of those that are ended is in use. */
const KEPT = 3;

/** In the order in which they were wanted last. */
const lasting = new Map<string, Lasting>();

async function start(count: number, options: StartClusterOptions): Promise<Lasting> {
  const cluster = await startCluster(count, options);
  const { nodes } = cluster;
  const pids = nodes.map(({ pid }) => pid);
  const folders = nodes.map(({ dataDir }) => dataDir);
  return { cluster, release: endWithThisProcess(pids, folders) };
}

async function end({ cluster, release }: Lasting): Promise<void> {
  await cluster.stop();
  release();
}

/** After a test that took too long the runner kills the processes it finds. */
function isRunning({ cluster }: Lasting): boolean {
  return cluster.nodes.every(({ pid }) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
}
