import type { Address } from "../../api/address.ts";
import { PATH_PREFIX } from "../../api/place.ts";

/** Where clients and servers find Usher, and which app they are of. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Empty, or a path with a leading and no trailing slash. */
  readonly pathPrefix: string;
  readonly appId: string;
  readonly key: string;
}

/**
 * The configured address; else as this browser found the server, since clients elsewhere find it the same way. Only where
 * operators have a port of their own is it another one.
 */
export function placeOf(address: Address, appId: string, key: string): Place {
  const { protocol, hostname, port } = originOf(address);
  const isTls = protocol === "https:";
  return {
    host: hostname,
    port: Number(port || (isTls ? 443 : 80)),
    isTls,
    pathPrefix: PATH_PREFIX,
    appId,
    key,
  };
}

function originOf({ public_url: publicUrl, port, is_admin_port: isAdminPort }: Address): URL {
  if (publicUrl !== null) return new URL(publicUrl);
  return new URL(isAdminPort ? location.origin : `http://${location.hostname}:${port}`);
}
