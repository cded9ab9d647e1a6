import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { AppAnswer, CreatedAppAnswer, ImportedAnswer, ListAnswer } from "@usher/server/admin-types";
import { withReauthentication } from "./reauthentication.ts";
import { queryString, request } from "./request.ts";

/** One page of a list. */
export type Items<Item> = ListAnswer<Item>;

/** Which page of a list: what it begins after, and how much it holds. */
export interface PageOf {
  readonly cursor: string | undefined;
  readonly limit: number;
}

export type App = AppAnswer;

export type CreatedApp = CreatedAppAnswer;

export interface NewApp {
  readonly name: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface AppChanges {
  readonly name?: string;
  readonly enabled?: boolean;
  /** By name; `null` to inherit the default. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

const MOST_APPS = 500;
const LIVE_MS = 5_000;

export function useApps() {
  return useQuery({
    queryKey: ["apps"],
    queryFn: () => request<Items<App>>("GET", `/apps?limit=${MOST_APPS}`),
    refetchInterval: LIVE_MS,
  });
}

export function useApp(appId: string) {
  return useQuery({ queryKey: ["apps", appId], queryFn: () => request<App>("GET", appPath(appId)) });
}

export function useCreateApp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (app: NewApp) => withReauthentication(() => request<CreatedApp>("POST", "/apps", app)),
    onSuccess: () => client.invalidateQueries({ queryKey: ["apps"] }),
  });
}

export function useUpdateApp(appId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (changes: AppChanges) => request<App>("PATCH", appPath(appId), changes),
    onSuccess: () => client.invalidateQueries({ queryKey: ["apps"] }),
  });
}

export function useDeleteApp(appId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      withReauthentication(() => request("DELETE", `${appPath(appId)}${queryString({ confirm: appId })}`)),
    // The list alone: what is known of the app itself would be asked for once more, and is gone.
    onSuccess: () => client.invalidateQueries({ queryKey: ["apps"], exact: true }),
  });
}

/** All apps, or one, as a text that `useImportApps` takes. */
export function exportApps(appId: string | undefined, secrets: boolean): Promise<unknown> {
  return withReauthentication(() =>
    request("GET", `/export${queryString({ app_id: appId, ...(secrets && { secrets: true }) })}`),
  );
}

export function useImportApps() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (exported: unknown) =>
      withReauthentication(() => request<ImportedAnswer>("POST", "/import?existing=skip", exported)),
    onSuccess: () => client.invalidateQueries({ queryKey: ["apps"] }),
  });
}

/** `/apps/{id}`, and what follows, for the admin API. */
export function appPath(appId: string, rest = ""): string {
  return `/apps/${encodeURIComponent(appId)}${rest}`;
}
