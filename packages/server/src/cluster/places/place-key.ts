import type { PlaceRef } from "./place-store.ts";

/** One text for one place; for maps. No id of an app and no channel has a line break in it, and the user's id comes last. */
export function placeKey({ appId, place }: PlaceRef): string {
  const name = place.kind === "channel" ? `c${place.channel}` : `u${place.userId}`;
  return `${appId}\n${name}`;
}
