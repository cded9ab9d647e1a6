import type { KeyClaim, SharedKeys } from "../../edges/http-api/shared-keys.ts";
import type { ClusterLink } from "../link/cluster-link.ts";
import type { ClusterNames } from "../link/cluster-names.ts";
import { CLAIM_KEY, SETTLE_KEY } from "./event-scripts.ts";

export interface RedisKeysOptions {
  readonly link: Pick<ClusterLink, "isUp" | "run">;
  readonly names: Pick<ClusterNames, "publishKey">;
  /** A text that no two calls give. */
  readonly freshToken: () => string;
  readonly monotonicNow: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Told of each request whose key was looked up on this node alone. */
  readonly onUnavailable: (error: unknown) => void;
}

/** As on one node. */
const ANSWER_MS = 120_000;
/** What it takes to send events is milliseconds; a node that takes longer is dead or paused. */
const CLAIM_MS = 5_000;
/** An older claim may end before the events are out. */
const FRESH_MS = CLAIM_MS / 2;
const LONGEST_WAIT_MS = 2_000;
const FIRST_WAIT_MS = 10;

/** Idempotency keys in Redis, each for two minutes. */
export class RedisKeys implements SharedKeys {
  readonly #options: RedisKeysOptions;

  constructor(options: RedisKeysOptions) {
    this.#options = options;
  }

  async claim(appId: string, key: string, fingerprint: string): Promise<KeyClaim> {
    const { link, names, freshToken, monotonicNow, wait, onUnavailable } = this.#options;
    const name = names.publishKey(appId, key);
    const claim = JSON.stringify([CLAIMED, fingerprint, freshToken()]);
    const deadlineMs = monotonicNow() + LONGEST_WAIT_MS;
    try {
      for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
        const askedAtMs = monotonicNow();
        const held = await link.run(CLAIM_KEY, [name], [claim, String(CLAIM_MS)]);
        // This node was paused, or Redis was: by now the key may be another's.
        const isFresh = monotonicNow() - askedAtMs < FRESH_MS;
        if (typeof held !== "string" && isFresh) return this.#first(name, claim);
        if (typeof held === "string") {
          const [kind, ofWhat, answer] = JSON.parse(held) as [string, string, unknown];
          if (ofWhat !== fingerprint) return { kind: "different" };
          if (kind === SETTLED) return { kind: "repeated", answer };
        }
        const leftMs = deadlineMs - monotonicNow();
        if (leftMs <= 0) return { kind: "pending" };
        await wait(Math.min(waitMs, leftMs));
      }
    } catch (error) {
      onUnavailable(error);
      return { kind: "unavailable" };
    }
  }

  #first(name: string, claim: string): KeyClaim {
    const [, fingerprint] = JSON.parse(claim) as [string, string];
    const write = async (text: string) => {
      try {
        await this.#options.link.run(SETTLE_KEY, [name], [claim, text, String(ANSWER_MS)]);
      } catch (error) {
        // The claim ends by itself; this node remembers the answer.
        this.#options.onUnavailable(error);
      }
    };
    return {
      kind: "first",
      settle: (answer) => write(JSON.stringify([SETTLED, fingerprint, answer])),
      release: () => void write(""),
    };
  }
}

const CLAIMED = "claimed";
const SETTLED = "settled";
