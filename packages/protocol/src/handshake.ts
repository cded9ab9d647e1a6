import { UsherError } from "./errors.ts";
import { parseQuery, queryValue } from "./http-signature.ts";
import { fail, ok, type Result } from "./result.ts";

/** What a client says about itself when it opens a connection. */
export interface Handshake {
  readonly key: string;
  /** 4 to 7; undefined when the client gave none, which is taken as 7 unless the app is strict. */
  readonly protocol: number | undefined;
  /** Free text such as `js` or `java-client`; for people, never for decisions. */
  readonly client: string | undefined;
  readonly version: string | undefined;
}

const OLDEST_PROTOCOL = 4;
const NEWEST_PROTOCOL = 7;
const LONGEST_LABEL = 64;

/**
 * Reads the address of a WebSocket connection: `{prefix}/app/{key}?protocol=7&client=js&version=8.6.0`. Unknown
 * parameters are ignored.
 */
export function parseHandshake(path: string, rawQuery: string, pathPrefix: string): Result<Handshake> {
  const start = `${pathPrefix}/app/`;
  const key = path.startsWith(start) ? decodeKey(path.slice(start.length)) : "";
  if (key === "") return fail(new UsherError("path_not_found"));

  const query = parseQuery(rawQuery);
  const protocol = parseProtocol(queryValue(query, "protocol"));
  if (!protocol.ok) return protocol;
  return ok({
    key,
    protocol: protocol.value,
    client: queryValue(query, "client")?.slice(0, LONGEST_LABEL),
    version: queryValue(query, "version")?.slice(0, LONGEST_LABEL),
  });
}

function parseProtocol(text: string | undefined): Result<number | undefined> {
  if (text === undefined) return ok(undefined);
  if (!/^-?\d+$/.test(text)) return fail(new UsherError("protocol_malformed", { protocol: text }));
  const protocol = Number(text);
  if (protocol < OLDEST_PROTOCOL || protocol > NEWEST_PROTOCOL) {
    return fail(new UsherError("protocol_unsupported", { protocol: text }));
  }
  return ok(protocol);
}

function decodeKey(segment: string): string {
  if (segment.includes("/")) return "";
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}
