import type { AppStore, StoredApp } from "../../store/app-store.ts";
import { AdminError } from "../admin-errors.ts";
import type { Live } from "../live.ts";
import type { AdminServices } from "../services.ts";

/** Throws `app_not_found`. */
export async function requireApp(apps: Pick<AppStore, "get">, appId: string): Promise<StoredApp> {
  const app = await apps.get(appId);
  if (!app) throw new AdminError("app_not_found", { message: `there is no app with the id ${appId}` });
  return app;
}

/** Throws `server_not_running`. */
export function requireLive({ live }: Pick<AdminServices, "live">): Live {
  if (!live) throw new AdminError("server_not_running");
  return live;
}
