import { useQuery } from "@tanstack/react-query";
import { appPath, type Items } from "./apps.ts";
import { request } from "./request.ts";

export type SettingValue = boolean | number | readonly string[] | null;

export interface Setting {
  /** With a dot for what lies in an object. */
  readonly name: string;
  readonly group: "connections" | "features" | "limits" | "compatibility";
  readonly description: string;
  readonly type: "boolean" | "integer" | "origins" | "prefixes";
  readonly unit: string | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Whether `null`, for no limit, is a value. */
  readonly is_nullable: boolean;
  readonly default: SettingValue;
  readonly is_overridden: boolean;
  readonly override: SettingValue;
  readonly effective: SettingValue;
}

export function useSettings(appId: string) {
  return useQuery({
    queryKey: ["apps", appId, "settings"],
    queryFn: () => request<Items<Setting>>("GET", appPath(appId, "/settings")),
  });
}
