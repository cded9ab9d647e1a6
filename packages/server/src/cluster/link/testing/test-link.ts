import { pino } from "pino";
import type { ClusterLink } from "../cluster-link.ts";
import { LinkMeters } from "../link-meters.ts";
import { openLink } from "../open-link.ts";
import { parseRedisUrl } from "../redis-url.ts";

export interface TestLink extends AsyncDisposable {
  readonly link: ClusterLink;
  readonly meters: LinkMeters;
  /** What arrived: `<topic> <message>`, with `@<head> ` in front of messages that have one. */
  readonly heard: string[];
  /** How often it went down and came up again. */
  readonly outages: { downs: number; ups: number };
}

export interface TestLinkOptions {
  readonly prefix?: string;
  readonly key?: Uint8Array;
  readonly echoIntervalMs?: number;
  readonly startTimeoutMs?: number;
  readonly onMessage?: (topic: string, message: string, head: string | undefined) => void;
}

/** A link as a node has it, that notes what happens to it. */
export async function openTestLink(url: string, options: TestLinkOptions = {}): Promise<TestLink> {
  const target = parseRedisUrl(url);
  if (!target) throw new Error(`${url} is no Redis URL`);
  const meters = new LinkMeters();
  const heard: string[] = [];
  const outages = { downs: 0, ups: 0 };
  const link = await openLink({
    prefix: "usher",
    key: TEST_KEY,
    ...options,
    target,
    meters,
    log: pino({ level: "silent" }),
    onMessage: (topic, message, head) => {
      heard.push(`${head === undefined ? "" : `@${head} `}${topic} ${message}`);
      options.onMessage?.(topic, message, head);
    },
    onDown: () => {
      outages.downs++;
    },
    onUp: () => {
      outages.ups++;
    },
  });
  return { link, meters, heard, outages, [Symbol.asyncDispose]: () => link.stop() };
}

export const TEST_KEY = Buffer.alloc(32, 1);
