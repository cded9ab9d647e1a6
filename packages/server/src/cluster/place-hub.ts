import type { App, Hub } from "@usher/hub";
import type { ApplyEffects } from "../apply-effects.ts";
import type { SharedDelivery } from "./events/shared-delivery.ts";
import type { PlaceHub } from "./places/places.ts";

export interface PlaceHubOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly findAppById: (id: string) => App | undefined;
  readonly delivery: Pick<SharedDelivery, "opened" | "closed">;
  readonly now: () => number;
}

/** The hub as its places see it. An app that is gone has nothing anywhere. */
export function placeHub({ hub, apply, findAppById, delivery, now }: PlaceHubOptions): PlaceHub {
  return {
    here: ({ appId, place }) => hub.here(appId, place),
    isCounted: ({ appId, place }) =>
      place.kind === "channel" && findAppById(appId)?.settings.subscriptionCounting === true,
    placesOpened(appId, opened) {
      const app = findAppById(appId);
      if (!app) return;
      apply(hub.placesOpened(app, opened, now()));
      for (const { place, history } of opened) delivery.opened({ appId, place }, history);
    },
    elsewhereChanged({ appId, place }, change) {
      const app = findAppById(appId);
      if (app) apply(hub.elsewhereChanged(app, place, change, now()));
    },
    placeClosed(ref) {
      const app = findAppById(ref.appId);
      if (app) hub.placeClosed(app, ref.place);
      delivery.closed(ref);
    },
  };
}
