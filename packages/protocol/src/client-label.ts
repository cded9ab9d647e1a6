import type { Handshake } from "./handshake.ts";

/** What a client is called that says nothing about itself. */
export const UNKNOWN_CLIENT = "unknown";

/**
 * What to call a client, for people, by what it says about itself: one line of printable ASCII such as
 * `pusher-http-node 5.3.4`, of at most 100 characters.
 */
export function clientLabel(claim: string): string {
  // Cut before it is searched: a header may be long.
  const words = claim.slice(0, LONGEST_CLAIM).replace(NOT_PRINTABLE, " ").replace(SPACES, " ").trim();
  if (words === "") return UNKNOWN_CLIENT;
  return words.length > LONGEST_LABEL
    ? `${words.slice(0, LONGEST_LABEL - ELLIPSIS.length)}${ELLIPSIS}`
    : words;
}

/** What a client claims to be in its handshake, where pusher-js calls itself `js`. */
export function claimOf({ client, version }: Handshake): string {
  const name = client === "js" ? "pusher-js" : (client ?? "");
  return version === undefined ? name : `${name} ${version}`;
}

const LONGEST_LABEL = 100;
const LONGEST_CLAIM = 4 * LONGEST_LABEL;
const ELLIPSIS = "...";
const NOT_PRINTABLE = /[^\x20-\x7e]/g;
const SPACES = / {2,}/g;
