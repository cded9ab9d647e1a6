import type { App, GrantScope, GrantsEnded, Hub, Restriction } from "@usher/hub";
import type { ApplyEffects } from "../apply-effects.ts";
import type { StoredApp } from "../store/app-store.ts";
import { type Ended, EndedReports } from "./ended.ts";
import { revokedSecrets } from "./revoked-secrets.ts";

export interface GrantsOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  /** How long the connections that wait to be closed will take. */
  readonly withinSeconds: () => number;
  readonly now: () => number;
  readonly onEnded: (app: App, by: EndedBy, ended: Ended) => void;
}

/** What ended grants: a secret or a restriction, by its id. */
export interface EndedBy {
  readonly kind: "secret" | Restriction["kind"];
  readonly id: string;
}

/** Ends on this node what was granted and counts no more, and knows how much that was. */
export class Grants {
  readonly #options: GrantsOptions;
  readonly #reports = new EndedReports();

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  /** Call it for each change of an app, after the hub has taken the change over. */
  appChanged(before: StoredApp, after: StoredApp): void {
    const { hub, now } = this.#options;
    for (const id of revokedSecrets(before, after)) {
      this.#carryOut(after, { kind: "secret", id }, hub.cutOff(after, new Set([id]), now()));
    }
    for (const restriction of newRestrictions(before, after)) {
      this.#carryOut(after, restriction, hub.enforce(after, restriction, now()));
    }
  }

  /** Takes grants back that connections hold right now. */
  revoke(app: App, scope: GrantScope, reason: string | null): Ended {
    const { hub, now } = this.#options;
    return this.#apply(hub.revokeGrants(app, scope, reason, now()));
  }

  /** What ended with a secret or a restriction; undefined for one that this node has not seen come. */
  ended(id: string): Ended | undefined {
    return this.#reports.of(id);
  }

  #carryOut(app: App, { kind, id }: EndedBy, what: GrantsEnded): void {
    const ended = this.#apply(what);
    this.#reports.record(id, ended);
    this.#options.onEnded(app, { kind, id }, ended);
  }

  #apply({ effects, connections, subscriptions, signIns }: GrantsEnded): Ended {
    const { apply, withinSeconds } = this.#options;
    apply(effects);
    const isPaced = effects.some(({ kind }) => kind === "closeSoon");
    return { connections, subscriptions, signIns, withinSeconds: isPaced ? withinSeconds() : 0 };
  }
}

function newRestrictions(before: App, after: App): readonly Restriction[] {
  const known = new Set(before.restrictions.map((restriction) => JSON.stringify(restriction)));
  return after.restrictions.filter((restriction) => !known.has(JSON.stringify(restriction)));
}
