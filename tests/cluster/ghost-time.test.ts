import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { hasPostgres } from "../support/postgres.ts";
import { hasRedis } from "../support/redis.ts";
import { report, seconds } from "../support/report.ts";
import type { TestServer } from "../support/server.ts";
import { Crowd } from "./crowd.ts";
import type { PresentClient } from "./present-client.ts";

/** `USHER_TEST_GHOSTS=50` for distributions that are worth writing down: so many of each kind. */
const GHOSTS = Number(process.env.USHER_TEST_GHOSTS ?? 2);
/** Of each kind, within the time of one lease. */
const AT_ONCE = 3;
/** How often a node renews its lease: each meets its end at a random moment in between. */
const RENEWAL_MS = 2_000;
const LONGEST_GHOST_MS = 15_000;
const BACK_MS = 5_000;
const CHANNEL = "presence-ghosts";

setDefaultTimeout(60_000 + GHOSTS * 20_000);

describe.skipIf(!hasPostgres || !hasRedis)("a member of two nodes", () => {
  let cluster: TestCluster;
  let crowd: Crowd;
  let observers: readonly PresentClient[];

  beforeEach(async () => {
    cluster = await startCluster(2);
    const choose = () => Promise.reject(new Error("everybody has a node"));
    crowd = new Crowd({ choose, pauseMs: () => 0 }, () => true);
    observers = cluster.nodes.map((node, index) => join(node, `observer-${index}`));
    await crowd.agrees(10_000);
  });

  afterEach(async () => {
    crowd.close();
    for (const node of cluster.nodes) node.signal("SIGKILL");
    await cluster.stop();
  });

  function join(node: TestServer, userId: string): PresentClient {
    return crowd.add({ userId, channels: [CHANNEL] }, node);
  }

  /** Resolves with the time since, once all observers have been told that the user is there, or is not. */
  async function seen(userId: string, isThere: boolean, sinceMs: number): Promise<number> {
    await crowd.until(
      () => observers.every((observer) => observer.members(CHANNEL)?.has(userId) === isThere),
      2 * LONGEST_GHOST_MS,
      () => `${userId} is ${isThere ? "not seen" : "a ghost"}`,
    );
    return performance.now() - sinceMs;
  }

  async function appear(userId: string): Promise<Ghost> {
    const node = await cluster.add();
    const client = join(node, userId);
    await seen(userId, true, 0);
    return { node, client, userId };
  }

  async function kill({ node, client, userId }: Ghost): Promise<number> {
    await Bun.sleep(Math.random() * RENEWAL_MS);
    client.vanish();
    const sinceMs = performance.now();
    node.signal("SIGKILL");
    return seen(userId, false, sinceMs);
  }

  async function pause({ node, client, userId }: Ghost): Promise<{ goneMs: number; backMs: number }> {
    await Bun.sleep(Math.random() * RENEWAL_MS);
    const pausedAtMs = performance.now();
    node.signal("SIGSTOP");
    const goneMs = await seen(userId, false, pausedAtMs);
    const resumedAtMs = performance.now();
    node.signal("SIGCONT");
    const backMs = await seen(userId, true, resumedAtMs);
    client.close();
    await node.stop();
    return { goneMs, backMs };
  }

  test("is gone in time when their node was killed, or paused; and there again when it goes on", async () => {
    const times = { killed: [] as number[], paused: [] as number[], back: [] as number[] };
    for (let first = 0; first < GHOSTS; first += AT_ONCE) {
      const ghosts: Ghost[] = [];
      for (let number = first; number < Math.min(first + AT_ONCE, GHOSTS); number++) {
        ghosts.push(await appear(`killed-${number}`), await appear(`paused-${number}`));
      }
      await Promise.all(
        ghosts.map(async (ghost) => {
          if (ghost.userId.startsWith("killed")) {
            times.killed.push(await kill(ghost));
            return;
          }
          const { goneMs, backMs } = await pause(ghost);
          times.paused.push(goneMs);
          times.back.push(backMs);
        }),
      );
    }
    report(`ghost time after kill -9: ${distribution(times.killed)}`);
    report(`ghost time after SIGSTOP: ${distribution(times.paused)}; back: ${distribution(times.back)}`);
    expect(Math.max(...times.killed, ...times.paused)).toBeLessThan(LONGEST_GHOST_MS);
    expect(Math.max(...times.back)).toBeLessThan(BACK_MS);
  });
});

interface Ghost {
  readonly node: TestServer;
  readonly client: PresentClient;
  readonly userId: string;
}

function distribution(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => seconds(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return `${times.length} runs, min ${at(0)}, median ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)}`;
}
