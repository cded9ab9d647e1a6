import type { Logger } from "pino";
import { SYSTEM } from "../actor.ts";
import type { WebhookEndpoint } from "./endpoint.ts";
import type { EndpointStore } from "./endpoint-store.ts";
import type { PostResult } from "./post-error.ts";

/** An endpoint that has taken nothing for so long, although it was tried, is disabled. */
export const DISABLED_AFTER_MS = 24 * 3_600_000;

export interface EndpointHealthOptions {
  readonly store: Pick<EndpointStore, "setFailingSince" | "disable">;
  readonly log: Logger;
  /** Called after something has changed. */
  readonly changed: () => void;
}

/** It is said only of those that have taken nothing for so long: single failures are what the repetitions are for. */
const FAILING_AFTER_MS = 30_000;

interface Health {
  /** When the first failure was after which nothing succeeded; `null` when the last request did. */
  sinceMs: number | null;
  /** That is on disk and in the log. */
  isKnown: boolean;
  isDisabled: boolean;
}

/** Knows since when endpoints have been failing, says so once, and disables those that have failed for too long. */
export class EndpointHealth {
  readonly #options: EndpointHealthOptions;
  readonly #health = new Map<string, Health>();

  constructor(options: EndpointHealthOptions) {
    this.#options = options;
  }

  /** Takes over a changed list of endpoints. */
  setEndpoints(endpoints: readonly WebhookEndpoint[]): void {
    const before = new Map(this.#health);
    this.#health.clear();
    for (const { id, enabled, failingSince } of endpoints) {
      const known = before.get(id);
      const isSameSpell = known && known.isDisabled === !enabled;
      const sinceMs = failingSince === null ? null : Date.parse(failingSince);
      const isKnown = sinceMs !== null;
      this.#health.set(id, isSameSpell ? known : { sinceMs, isKnown, isDisabled: !enabled });
    }
  }

  onResult(endpoint: WebhookEndpoint, result: PostResult, atMs: number): void {
    const health = this.#health.get(endpoint.id);
    // Gone, and with it whatever there is to know of it.
    if (!health || health.isDisabled) return;
    if (result.error === null) {
      if (health.isKnown) this.#recovered(endpoint);
      health.sinceMs = null;
      health.isKnown = false;
      return;
    }
    health.sinceMs ??= atMs;
    const failingMs = atMs - health.sinceMs;
    if (!health.isKnown && failingMs >= FAILING_AFTER_MS) {
      health.isKnown = true;
      this.#fails(endpoint, result, health.sinceMs);
    }
    if (failingMs >= DISABLED_AFTER_MS) this.#disable(endpoint, result, health, health.sinceMs);
  }

  #fails(endpoint: WebhookEndpoint, { error, status }: PostResult, sinceMs: number): void {
    this.#options.log.warn(
      { code: "webhook_failing", app: endpoint.appId, endpoint: endpoint.id, error, status },
      "a webhook endpoint does not take what it is sent; it is tried again",
    );
    this.#write(endpoint, new Date(sinceMs).toISOString());
  }

  #recovered(endpoint: WebhookEndpoint): void {
    this.#options.log.info(
      { code: "webhook_recovered", app: endpoint.appId, endpoint: endpoint.id },
      "a webhook endpoint takes what it is sent again",
    );
    this.#write(endpoint, null);
  }

  #disable(endpoint: WebhookEndpoint, { status, error }: PostResult, health: Health, sinceMs: number): void {
    const { store, log, changed } = this.#options;
    const last = status === null ? error : `status ${status}`;
    const reason = `no delivery has succeeded since ${new Date(sinceMs).toISOString()}; the last failure: ${last}`;
    health.isDisabled = true;
    store.disable(endpoint, reason, SYSTEM).then(
      (isDone) => {
        if (!isDone) return;
        log.error(
          { code: "webhook_disabled", app: endpoint.appId, endpoint: endpoint.id, reason },
          "a webhook endpoint was disabled; enable it again once it works",
        );
        changed();
      },
      (error) => {
        health.isDisabled = false;
        log.error({ err: error, endpoint: endpoint.id }, "a webhook endpoint could not be disabled");
      },
    );
  }

  #write({ id }: WebhookEndpoint, failingSince: string | null): void {
    const { store, log } = this.#options;
    store.setFailingSince(id, failingSince).catch((error) => {
      log.error({ err: error, endpoint: id }, "the state of a webhook endpoint could not be written");
    });
  }
}
