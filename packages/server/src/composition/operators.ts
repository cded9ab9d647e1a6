import type { AdminApi, AdminApiOptions } from "../admin/admin-api.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { adminEdge } from "../edges/admin-edge.ts";
import { parseAddress } from "../edges/client-address.ts";
import { dashboardEdge } from "../edges/dashboard/dashboard-edge.ts";
import { type OperatorsEdge, operatorsEdge } from "../edges/operators-edge.ts";
import { operatorsUrl, type Ports } from "../server-url.ts";

export interface OperatorsOptions
  extends Pick<AdminApiOptions, "store" | "evidence" | "live" | "log" | "now" | "localToken"> {
  readonly config: ServerConfig;
  readonly dashboardFolder: string | null;
  /** Those that are listened on, once they are. */
  readonly ports: () => Ports;
}

/** What people who look after the server use: the admin API and the dashboard. */
export function operators({ config, dashboardFolder, ports, ...parts }: OperatorsOptions): OperatorsEdge {
  const { pathPrefix, trustProxy, publicUrl } = config;
  const api = onDemand({
    ...parts,
    pathPrefix,
    url: () => operatorsUrl(config, ports()),
    publicHosts: publicUrl ? [new URL(publicUrl).host] : [],
    ownAddress: parseAddress(config.admin === "ops" ? config.opsHost : config.host),
    oidc: config.oidc,
  });
  return operatorsEdge(
    adminEdge({ api, pathPrefix, trustProxy }),
    dashboardEdge(config.dashboard ? dashboardFolder : null, pathPrefix),
  );
}

/** The admin API, put up when it is first asked for: most servers serve clients for days before anybody looks in. */
function onDemand(options: AdminApiOptions): AdminApi {
  let api: Promise<AdminApi> | undefined;
  return async (request, origin) => {
    api ??= import("../admin/admin-api.ts").then(({ adminApi }) => adminApi(options));
    return (await api)(request, origin);
  };
}
