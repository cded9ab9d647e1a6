import { useQuery } from "@tanstack/react-query";
import { request } from "./request.ts";

/** One page of a list. */
export interface Items<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface App {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly keys: readonly { readonly key: string }[];
}

const MOST_APPS = 500;

export function useApps() {
  return useQuery({
    queryKey: ["apps"],
    queryFn: () => request<Items<App>>("GET", `/apps?limit=${MOST_APPS}`),
  });
}

export function useApp(appId: string) {
  return useQuery({ queryKey: ["apps", appId], queryFn: () => request<App>("GET", appPath(appId)) });
}

/** `/apps/{id}`, and what follows, for the admin API. */
export function appPath(appId: string, rest = ""): string {
  return `/apps/${encodeURIComponent(appId)}${rest}`;
}
