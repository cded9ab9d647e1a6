/** What a request of the HTTP transports asks for. */
export interface FallbackPath {
  /** As it stands in the path, still escaped. */
  readonly rawKey: string;
  /** `{server}/{session}`; both are made up by the client. */
  readonly session: string;
  readonly action: FallbackAction;
}

/** Receive as one long answer, receive by asking again and again, send. */
export type FallbackAction = "xhr_streaming" | "xhr" | "xhr_send";

/**
 * Reads `{prefix}[/pusher]/app/{key}/{server}/{session}/{action}`; undefined for any other path.
 *
 * `/pusher` is what pusher-js puts before `/app` unless `httpPath` says otherwise.
 */
export function parseFallbackPath(path: string, pathPrefix: string): FallbackPath | undefined {
  const start = STARTS.find((text) => path.startsWith(text, pathPrefix.length));
  if (start === undefined || !path.startsWith(pathPrefix)) return undefined;
  const match = REST.exec(path.slice(pathPrefix.length + start.length));
  if (!match?.groups) return undefined;
  const { rawKey = "", session = "", action } = match.groups;
  return { rawKey, session, action: action as FallbackAction };
}

const STARTS = ["/pusher/app/", "/app/"] as const;

// The session is fifty random bits in the form in which pusher-js writes them. Fewer would be guessed sooner.
const REST = /^(?<rawKey>[^/]+)\/(?<session>\d{1,3}\/[0-9a-v]{8})\/(?<action>xhr_streaming|xhr|xhr_send)$/;
