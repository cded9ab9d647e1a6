import { useEffect, useState, useSyncExternalStore } from "react";
import { type ConsoleFilter, consoleUrl } from "../../api/console.ts";
import { ConsoleFeed, type FeedState } from "./console-feed.ts";

/** The live tail of an app, from when the screen opens until it closes. */
export function useConsoleFeed(
  appId: string,
  filter: ConsoleFilter,
): readonly [FeedState, Pick<ConsoleFeed, "pause" | "resume" | "clear">] {
  const [feed] = useState(() => new ConsoleFeed());
  const url = consoleUrl(appId, filter);
  useEffect(() => {
    feed.open(url);
    return () => feed.close();
  }, [feed, url]);
  const state = useSyncExternalStore(feed.subscribe, () => feed.state);
  return [state, feed];
}
