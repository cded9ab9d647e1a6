import type { App, Hub } from "@usher/hub";
import type { ApplyEffects } from "../../apply-effects.ts";

export interface FirstPageOptions {
  readonly demoApp: () => App | undefined;
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly pathPrefix: string;
  readonly now: () => number;
}

export function firstPage(_options: FirstPageOptions): (request: Request) => Response | undefined {
  return () => undefined;
}
