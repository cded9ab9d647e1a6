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

/** As this browser found the server: clients elsewhere find it the same way. */
export function placeOf(appId: string, key: string): Place {
  const isTls = location.protocol === "https:";
  return {
    host: location.hostname,
    port: Number(location.port || (isTls ? 443 : 80)),
    isTls,
    pathPrefix: PATH_PREFIX,
    appId,
    key,
  };
}
