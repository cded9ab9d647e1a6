import type { AppState } from "./app-state.ts";
import type { Effect } from "./effect.ts";
import type { Place } from "./place.ts";

/** Has whoever tells the other nodes look at what is at a place here. */
export function placeChanged({ app }: AppState, place: Place): Effect {
  return { kind: "placeChanged", app, place };
}
