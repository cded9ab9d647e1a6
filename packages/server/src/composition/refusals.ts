import type { Logger } from "pino";
import type { ServerConfig } from "../config/server-config.ts";
import type { Console } from "../console/console.ts";
import { refusalWatcher } from "../console/console-sources.ts";
import { hmacSha256Hex } from "../edges/bun/bun-hmac.ts";
import type { Meters } from "../metrics/meters.ts";
import { candidateSecrets } from "../refusals/candidate-secrets.ts";
import { type DevelopmentHints, developmentHints } from "../refusals/development-hints.ts";
import { explainer } from "../refusals/explainer.ts";
import { RecentRefusals } from "../refusals/recent-refusals.ts";
import { RecentSockets } from "../refusals/recent-sockets.ts";
import { RefusalLog } from "../refusals/refusal-log.ts";
import { Refusals } from "../refusals/refusals.ts";
import type { AppDirectory } from "../store/app-directory.ts";

export interface RefusalPartsOptions {
  readonly config: Pick<ServerConfig, "mode" | "httpTimeWindowSeconds">;
  readonly directory: Pick<AppDirectory, "all">;
  readonly console: Console;
  readonly meters: Meters;
  readonly log: Logger;
  readonly now: () => number;
}

/** What finds out why something was refused, and who is told. */
export interface RefusalParts {
  readonly secrets: ReturnType<typeof candidateSecrets>;
  readonly recentSockets: RecentSockets;
  readonly recentRefusals: RecentRefusals;
  readonly refusals: Refusals;
  /** In development alone. */
  readonly hints: DevelopmentHints | undefined;
  forget(appId: string): void;
}

export function refusalParts({
  config,
  directory,
  console,
  meters,
  log,
  now,
}: RefusalPartsOptions): RefusalParts {
  const recentSockets = new RecentSockets();
  const secrets = candidateSecrets(() => directory.all());
  const explain = explainer({
    secrets,
    recentSockets,
    hmacHex: hmacSha256Hex,
    timeWindowSeconds: config.httpTimeWindowSeconds,
    failed: (cause) => log.error({ err: cause }, "a refusal could not be explained"),
  });
  const recentRefusals = new RecentRefusals({ secrets, now, onAdded: refusalWatcher(console) });
  const refusals = new Refusals({
    explain,
    readers: [new RefusalLog(log, secrets, now), recentRefusals],
    meters,
    now,
    later: (callback, ms) => void setTimeout(callback, ms),
  });
  return {
    secrets,
    recentSockets,
    recentRefusals,
    refusals,
    hints: config.mode === "development" ? developmentHints(explain, now) : undefined,
    forget(appId) {
      recentSockets.forget(appId);
      refusals.forget(appId);
      recentRefusals.forget(appId);
    },
  };
}
