import { setTimeout as sleep } from "node:timers/promises";
import { StartError } from "../../start-error.ts";
import type { ClusterLink } from "./cluster-link.ts";
import { isLasting, LinkError } from "./link-error.ts";
import { RedisLink, type RedisLinkOptions } from "./redis-link.ts";

export interface OpenLinkOptions extends RedisLinkOptions {
  /** How long to wait for a Redis that cannot be reached yet. */
  readonly startTimeoutMs?: number;
}

/**
 * Connects to Redis. A server and its Redis are often started together, so one that is not there yet is waited for; what
 * waiting does not mend, such as a wrong password, is told at once. `onUp` is not called for this first time.
 *
 * Rejects with a `StartError` that has the code of a `LinkError`.
 */
export async function openLink(options: OpenLinkOptions): Promise<ClusterLink> {
  const { log, startTimeoutMs = START_TIMEOUT_MS } = options;
  const link = new RedisLink(options);
  const deadline = performance.now() + startTimeoutMs;
  for (let attempt = 0; ; attempt++) {
    try {
      await link.connect();
      return link;
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (isLasting(error) || performance.now() >= deadline) {
        throw new StartError(error.code, error.message, error.hint, UNAVAILABLE, error);
      }
      if (attempt === 0)
        log.warn({ code: error.code, hint: error.hint }, `cluster: waiting for Redis: ${error.message}`);
    }
    await sleep(Math.min(RETRY_MS, Math.max(0, deadline - performance.now())));
  }
}

const UNAVAILABLE = 69;
const START_TIMEOUT_MS = 30_000;
const RETRY_MS = 500;
