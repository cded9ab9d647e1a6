export const ROUTE_NAMES = [
  "events",
  "batchEvents",
  "channels",
  "channel",
  "users",
  "channelEvents",
  "channelHistory",
  "stats",
  "terminate",
  "revokeGrants",
  "unknown",
] as const;

export interface Route {
  readonly name: (typeof ROUTE_NAMES)[number];
  readonly method: "GET" | "POST";
  /** Undefined where the path names no app. */
  readonly appId: string | undefined;
  /** The channel or user that the path names, decoded; empty where it names none. */
  readonly subject: string;
  /** Query parameters that mean something here, besides those of the signature. */
  readonly parameters: readonly string[];
}

/**
 * Which route of the HTTP API a path is. The method decides where two routes share a path, and no more than that.
 * Undefined when it lies outside of the API.
 *
 * @param path without the query and without the prefix.
 */
export function routeOf(path: string, method: string): Route | undefined {
  // By far the most requests: told apart without taking the path to pieces.
  const usual = USUAL_PATH.exec(path);
  if (usual) return route("events", "POST", usual[1]);
  const [, root, first = "", second, third, fourth, ...more] = path.split("/");
  if (root === "users" && second === "terminate_connections" && third === undefined) {
    return route("terminate", "POST", undefined, first);
  }
  if (root !== "apps") return undefined;
  const app = decodeSegment(first);
  if (more.length > 0) return route("unknown", "GET", app);
  if (third === undefined) return collectionRoute(app, second);
  if (fourth === undefined) {
    if (second === "channels") return route("channel", "GET", app, third, ["info"]);
    return second === "grants" && third === "revoke"
      ? route("revokeGrants", "POST", app)
      : route("unknown", "GET", app);
  }
  return memberRoute(app, `${second}/${fourth}`, third, method);
}

const USUAL_PATH = /^\/apps\/([\w-]+)\/events$/;

function collectionRoute(app: string, collection: string | undefined): Route {
  switch (collection) {
    case "events":
      return route("events", "POST", app);
    case "batch_events":
      return route("batchEvents", "POST", app);
    case "channels":
      return route("channels", "GET", app, "", ["filter_by_prefix", "info"]);
    default:
      return route("unknown", "GET", app);
  }
}

function memberRoute(app: string, what: string, subject: string, method: string): Route {
  switch (what) {
    case "channels/users":
      return route("users", "GET", app, subject);
    case "channels/events":
      if (method === "GET") return route("channelHistory", "GET", app, subject, ["limit", "after"]);
      return route("channelEvents", "POST", app, subject);
    case "channels/stats":
      return route("stats", "GET", app, subject);
    case "users/terminate_connections":
      return route("terminate", "POST", app, subject);
    default:
      return route("unknown", "GET", app);
  }
}

function route(
  name: Route["name"],
  method: Route["method"],
  appId: string | undefined,
  subject = "",
  parameters: readonly string[] = [],
): Route {
  return { name, method, appId, subject: decodeSegment(subject), parameters };
}

function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
