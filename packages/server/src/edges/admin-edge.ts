import type { AdminApi } from "../admin/admin-api.ts";
import { ADMIN_BASE_PATH } from "../admin/base-path.ts";
import { splitUrl } from "./split-url.ts";

/** Undefined for a path that is not the admin API's. */
export type AdminEdge = (
  request: Request,
  addressOf: (request: Request) => string | null,
) => Promise<Response> | undefined;

export interface AdminEdgeOptions {
  readonly api: AdminApi;
  readonly pathPrefix: string;
  /** Believe `X-Forwarded-Proto`. */
  readonly trustProxy: boolean;
}

/** Gives the admin API its requests, with where they come from. */
export function adminEdge({ api, pathPrefix, trustProxy }: AdminEdgeOptions): AdminEdge {
  const prefix = `${pathPrefix}${ADMIN_BASE_PATH}/`;
  return (request, addressOf) => {
    if (!splitUrl(request.url).path.startsWith(prefix)) return undefined;
    const isTls = trustProxy && request.headers.get("x-forwarded-proto") === "https";
    return api(request, { address: addressOf(request), isTls });
  };
}
