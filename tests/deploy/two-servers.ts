import { startCluster, type TestCluster } from "../support/cluster.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import type { StartServerOptions, TestServer } from "../support/server.ts";

/** Two servers of one cluster, on loopback addresses of their own and on the same ports, as on two machines. */
export interface TwoServers {
  readonly each: readonly [TestServer, TestServer];
  /** `host:port` of each. */
  readonly addresses: readonly [string, string];
  readonly opsPort: number;
  stop(): Promise<void>;
}

/** False where the tests of several servers are left out, which `npm test` says why. */
export const hasCluster = hasPostgres && hasRedis;

const HOSTS = ["127.0.0.11", "127.0.0.12"] as const;

export async function startTwoServers(options: StartServerOptions): Promise<TwoServers> {
  for (let attempt = 1; ; attempt++) {
    const cluster = await startCluster(0, options);
    try {
      const first = await addAt(cluster, HOSTS[0], {});
      const { port, opsPort } = first;
      const ports = { USHER_PORT: String(port), USHER_OPS_PORT: String(opsPort) };
      const second = await addAt(cluster, HOSTS[1], ports);
      return {
        each: [first, second],
        addresses: [`${HOSTS[0]}:${port}`, `${HOSTS[1]}:${port}`],
        opsPort,
        stop: () => cluster.stop(),
      };
    } catch (error) {
      // What the first took as free may be taken on the second's address.
      await cluster.stop();
      if (attempt === 5) throw error;
    }
  }
}

async function addAt(cluster: TestCluster, host: string, ports: Record<string, string>): Promise<TestServer> {
  return { ...(await cluster.add({ env: { USHER_HOST: host, USHER_OPS_HOST: host, ...ports } })), host };
}
