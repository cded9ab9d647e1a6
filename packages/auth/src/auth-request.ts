import { fail, isJsonObject, isSocketId, ok, type Result, type SocketId } from "@usher/protocol";
import type { Parameters } from "./parse-parameters.ts";
import { malformed, type Refusal } from "./refusal.ts";

/** What a client asks for: to use channels, or to be known as a user. */
export interface AuthRequest {
  readonly socketId: SocketId;
  /** As sent, each once, neither checked nor allowed yet; none when a user signs in. */
  readonly channels: readonly string[];
  /** Whether the answer is a map by channel, even if there is just one. */
  readonly isBatch: boolean;
}

/**
 * Finds the socket id and the channels among the parameters.
 *
 * Batches come in every shape that clients and body parsers make of them: `channel_name[0]` as a name, `channel_name[]`,
 * `channel_name` more than once, an array, and the object with numbers for keys that a parser with an array limit makes.
 */
export function parseAuthRequest(
  parameters: Parameters,
  purpose: "channel" | "user",
  maxChannels: number,
): Result<AuthRequest, Refusal> {
  const socketId = parseSocketId(parameters);
  if (!socketId.ok) return socketId;
  if (purpose === "user") return ok({ socketId: socketId.value, channels: [], isBatch: false });

  const found: string[] = [];
  let isBatch = false;
  for (const [name, value] of parameters) {
    if (!/^channel_name(?:\[.*\])?$/s.test(name)) continue;
    if (!/^channel_name(?:\[\d*\])?$/.test(name)) return notNumbered();
    if (typeof value === "string") {
      isBatch ||= name !== "channel_name" || found.length > 0;
      found.push(value);
      continue;
    }
    const list = parseList(value);
    if (!list.ok) return list;
    isBatch = true;
    found.push(...list.value);
  }
  if (found.length === 0) return fail(malformed("channel_name", "is missing"));
  const channels = [...new Set(found)];
  if (channels.length > maxChannels) {
    return fail(malformed("channel_name", `at most ${maxChannels} channels in one request`));
  }
  return ok({ socketId: socketId.value, channels, isBatch });
}

function parseSocketId(parameters: Parameters): Result<SocketId, Refusal> {
  const [given, ...more] = parameters.filter(([name]) => name === "socket_id").map(([, value]) => value);
  if (given === undefined) return fail(malformed("socket_id", "is missing"));
  if (more.length > 0) return fail(malformed("socket_id", "was sent more than once"));
  // A number of JSON has lost the zeros at its end.
  if (typeof given !== "string") return fail(malformed("socket_id", "must be a string"));
  if (!isSocketId(given)) return fail(malformed("socket_id", "must be two numbers with a dot between them"));
  return ok(given);
}

function parseList(value: unknown): Result<readonly string[], Refusal> {
  if (isJsonObject(value) && !Object.keys(value).every((key) => /^\d+$/.test(key))) return notNumbered();
  const entries: readonly unknown[] = Array.isArray(value)
    ? value
    : isJsonObject(value)
      ? Object.values(value)
      : [value];
  if (entries.every((entry) => typeof entry === "string")) return ok(entries);
  return fail(malformed("channel_name", "every channel must be a string"));
}

function notNumbered(): Result<never, Refusal> {
  return fail(malformed("channel_name", "only numbers may stand between its brackets"));
}
