import type { AnyEvents, EventMap } from "./event-types.ts";
// From the index, which is published as one file: that both entry points share it makes an error of one an `instanceof`
// of the other's class.
import { Usher as PlainUsher, type UsherOptions } from "./index.ts";
import { secretbox } from "./secretbox.ts";

/** An `Usher` that can trigger events on encrypted channels, given a master key. */
export class Usher<Events extends EventMap<Events> = AnyEvents> extends PlainUsher<Events> {
  constructor(options: UsherOptions) {
    super({ cipher: secretbox, ...options });
  }
}
