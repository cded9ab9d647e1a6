import { OwnClaim } from "./own-claim.ts";
import type { PlaceRef } from "./place-store.ts";
import { PlaceView } from "./place-view.ts";
import type { Replica } from "./replica.ts";

/** A place that this node listens to, or is about to. */
export class TrackedPlace {
  readonly key: string;
  readonly ref: PlaceRef;
  readonly view: PlaceView;
  readonly claim = new OwnClaim();
  /** Set while nobody wants the place, until it is closed. */
  cancelClosing: (() => void) | undefined;

  constructor(key: string, ref: PlaceRef, replica: Replica) {
    this.key = key;
    this.ref = ref;
    this.view = new PlaceView(replica);
  }
}
