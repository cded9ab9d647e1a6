import type { AdminEdge } from "./admin-edge.ts";
import type { DashboardEdge } from "./dashboard/dashboard-edge.ts";

/**
 * What people who look after the server use: the admin API and the dashboard. Undefined for any other path.
 *
 * @param addressOf of the listener that the request came to.
 */
export type OperatorsEdge = (
  request: Request,
  addressOf: (request: Request) => string | null,
) => Response | Promise<Response> | undefined;

export function operatorsEdge(admin: AdminEdge, dashboard: DashboardEdge): OperatorsEdge {
  return (request, addressOf) => admin(request, addressOf) ?? dashboard(request);
}
