import { useQuery } from "@tanstack/react-query";
import type { SettingAnswer } from "@usher/server/admin-types";
import { appPath, type Items } from "./apps.ts";
import { request } from "./request.ts";

export type SettingValue = boolean | number | readonly string[] | null;

export interface Setting extends Omit<SettingAnswer, "default" | "override" | "effective"> {
  readonly default: SettingValue;
  readonly override: SettingValue;
  readonly effective: SettingValue;
}

export function useSettings(appId: string) {
  return useQuery({
    queryKey: ["apps", appId, "settings"],
    queryFn: () => request<Items<Setting>>("GET", appPath(appId, "/settings")),
  });
}
