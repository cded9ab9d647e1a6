import type { SignedKind } from "../../api/doctor.ts";

/** A piece of a text to sign. The pieces in order are the whole text. */
export interface SignedPart {
  readonly text: string;
  /** Absent for what stands between. */
  readonly name?: "socket id" | "channel" | "channel_data" | "user_data" | "method" | "path" | "query";
}

/** Takes a text to sign apart, so that one sees what each of its pieces is. */
export function signedParts(text: string, kind: SignedKind): readonly SignedPart[] {
  switch (kind) {
    case "channel": {
      const [socketId, channel, data] = split(text, ":", 3);
      return between(":", [
        { text: socketId, name: "socket id" },
        channel !== undefined && { text: channel, name: "channel" },
        data !== undefined && { text: data, name: "channel_data" },
      ]);
    }
    case "user": {
      const [socketId, data] = split(text, "::user::", 2);
      return between("::user::", [
        { text: socketId, name: "socket id" },
        data !== undefined && { text: data, name: "user_data" },
      ]);
    }
    case "request": {
      const [method, path, query] = split(text, "\n", 3);
      return between("\n", [
        { text: method, name: "method" },
        path !== undefined && { text: path, name: "path" },
        query !== undefined && { text: query, name: "query" },
      ]);
    }
  }
}

/** Up to so many pieces, the last of which has whatever is left. */
function split(text: string, separator: string, most: number): [string, ...(string | undefined)[]] {
  const [first = "", ...rest] = text.split(separator);
  if (rest.length < most) return [first, ...rest];
  return [first, ...rest.slice(0, most - 2), rest.slice(most - 2).join(separator)];
}

function between(separator: string, parts: readonly (SignedPart | false)[]): readonly SignedPart[] {
  const there = parts.filter((part) => part !== false);
  return there.flatMap((part, index) => (index === 0 ? [part] : [{ text: separator }, part]));
}
