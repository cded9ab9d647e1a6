import { useEffect, useState, useSyncExternalStore } from "react";
import type { ConsoleFilter } from "../../api/console.ts";
import { ConsoleFeed, type FeedState } from "./console-feed.ts";

/** The live tail of an app, from when the screen opens until it closes. */
export function useConsoleFeed(
  appId: string,
  filter: ConsoleFilter,
): readonly [FeedState, Pick<ConsoleFeed, "pause" | "resume" | "clear">] {
  const [feed] = useState(() => new ConsoleFeed());
  const { query } = filter;
  const types = filter.types.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is a new object each time, its words are not.
  useEffect(() => {
    feed.open(appId, filter);
    return () => feed.close();
  }, [feed, appId, query, types]);
  const state = useSyncExternalStore(feed.subscribe, () => feed.state);
  return [state, feed];
}
