import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { appPath, type Items } from "../../api/apps.ts";
import type { Connection } from "../../api/connections.ts";
import { type ConsoleBatch, consoleUrl } from "../../api/console.ts";
import { request } from "../../api/request.ts";

/** Somebody who connected. */
export interface Arrival {
  readonly socketId: string;
  /** Library and version; undefined for one that does not say. */
  readonly client: string | undefined;
  readonly address: string | undefined;
  readonly at: string;
}

const POLL_MS = 3_000;

/**
 * The last one to connect, as soon as they do; before that, one who was there already. Undefined while nobody has come.
 */
export function useArrivals(appId: string): { readonly latest: Arrival | undefined; readonly count: number } {
  const [arrived, setArrived] = useState<{ latest: Arrival | undefined; count: number }>({
    latest: undefined,
    count: 0,
  });
  const queries = useQueryClient();
  useEffect(() => {
    const source = new EventSource(consoleUrl(appId, { types: ["connected"], query: "" }));
    // Whoever came between the first look and now is in neither.
    source.addEventListener("ready", () => void queries.invalidateQueries({ queryKey: firstKey(appId) }));
    source.addEventListener("entries", (event: MessageEvent<string>) => {
      const { entries, dropped } = JSON.parse(event.data) as ConsoleBatch;
      const last = entries.at(-1);
      if (!last) return;
      const { socket_id: socketId = "", client, address, at } = last;
      const come = entries.length + dropped;
      setArrived(({ count }) => ({ latest: { socketId, client, address, at }, count: count + come }));
    });
    return () => source.close();
  }, [appId, queries]);

  const before = useQuery({
    queryKey: firstKey(appId),
    queryFn: () => request<Items<Connection>>("GET", appPath(appId, "/connections?limit=1")),
    enabled: arrived.latest === undefined,
    // For when the stream cannot be had: only so many may look at the same time.
    refetchInterval: POLL_MS,
  });
  const present = before.data?.items[0];
  const earlier: Arrival | undefined = present && {
    socketId: present.socket_id,
    client: present.client,
    address: present.address ?? undefined,
    at: present.connected_at,
  };
  return { latest: arrived.latest ?? earlier, count: arrived.count };
}

function firstKey(appId: string): readonly string[] {
  return ["apps", appId, "connections", "first"];
}
