import type { ComponentType } from "react";
import { Apps } from "./apps/apps.tsx";

export interface ScreenProps {
  /** What the path names, decoded: `id` is the app. */
  readonly params: Readonly<Record<string, string>>;
}

interface Screen {
  /** After the base, with `:name` for what varies. */
  readonly path: string;
  readonly screen: ComponentType<ScreenProps>;
}

/** Every screen behind the log-in. */
export const SCREENS: readonly Screen[] = [{ path: "/apps", screen: Apps }];
