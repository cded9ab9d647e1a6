import { useEffect, useState, useSyncExternalStore } from "react";
import { type ConsoleFilter, consoleUrl } from "../../api/console.ts";
import { ConsoleFeed, type FeedState } from "./console-feed.ts";
import { entryMatches } from "./entry-matches.ts";

/** The live tail of an app, from when the screen opens until it closes. */
export function useConsoleFeed(
  appId: string,
  filter: ConsoleFilter,
): readonly [FeedState, Pick<ConsoleFeed, "state" | "pause" | "resume" | "clear">] {
  const [feed] = useState(() => new ConsoleFeed());
  const url = consoleUrl(appId, filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is a new object each time; the address says what is in it.
  useEffect(() => {
    feed.keep(entryMatches(filter));
    feed.open(url);
    return () => feed.close();
  }, [feed, url]);
  const state = useSyncExternalStore(feed.subscribe, () => feed.state);
  return [state, feed];
}
