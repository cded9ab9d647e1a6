export interface Route {
  readonly name:
    | "events"
    | "batchEvents"
    | "channels"
    | "channel"
    | "users"
    | "channelEvents"
    | "stats"
    | "terminate"
    | "unknown";
  readonly method: "GET" | "POST";
  /** Undefined where the path names no app. */
  readonly appId: string | undefined;
  /** The channel or user that the path names, decoded; empty where it names none. */
  readonly subject: string;
  /** Query parameters that mean something here, besides those of the signature. */
  readonly parameters: readonly string[];
}

/**
 * Which route of the HTTP API a path is, whatever the method. Undefined when it lies outside of the API.
 *
 * @param path without the query and without the prefix.
 */
export function routeOf(path: string): Route | undefined {
  const segments = path.split("/");
  if (segments[1] === "users" && segments.length === 4 && segments[3] === "terminate_connections") {
    return route("terminate", "POST", undefined, segments[2]);
  }
  if (segments[1] !== "apps") return undefined;
  const [, , appId = "", collection, subject, action] = segments;
  const app = decodeSegment(appId);
  switch (`${collection}/${segments.length}/${action ?? ""}`) {
    case "events/4/":
      return route("events", "POST", app);
    case "batch_events/4/":
      return route("batchEvents", "POST", app);
    case "channels/4/":
      return route("channels", "GET", app, "", ["filter_by_prefix", "info"]);
    case "channels/5/":
      return route("channel", "GET", app, subject, ["info"]);
    case "channels/6/users":
      return route("users", "GET", app, subject);
    case "channels/6/events":
      return route("channelEvents", "POST", app, subject);
    case "channels/6/stats":
      return route("stats", "GET", app, subject);
    case "users/6/terminate_connections":
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
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
