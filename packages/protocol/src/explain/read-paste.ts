import { isJsonObject, type JsonObject, parseJsonObject } from "../json-object.ts";
import { type FrameReading, readFrame } from "./read-frame.ts";
import { readPastedRequest } from "./read-pasted-request.ts";

/** What was found in a text that somebody copied from a console, a log or a terminal. */
export type Paste =
  | { readonly kind: "frame"; readonly frame: FrameReading; readonly socketId: string | undefined }
  | { readonly kind: "request"; readonly request: PastedRequest }
  /** Most likely the answer of an authorization endpoint. */
  | { readonly kind: "answer"; readonly body: string; readonly socketId: string | undefined };

export interface PastedRequest {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  /** Undefined where the paste shows none. */
  readonly body: string | undefined;
}

/**
 * Recognises frames of pusher-js (with whatever its debug log puts around them), the server's texts of a refusal, curl
 * commands, request lines and addresses; everything else is taken for the answer of an endpoint.
 *
 * @param key put in front of a signature that the server's own text shows without it, since there the key was right.
 */
export function readPaste(text: string, key: string): Paste {
  const request = readPastedRequest(text) ?? requestOfRefusal(text);
  if (request) return { kind: "request", request };

  const lines = text.split(/\r?\n/).map(jsonIn);
  const refusal = subscriptionOfRefusal(text, lines, key);
  const socketId = lines.map(socketIdIn).findLast((id) => id !== undefined) ?? refusal?.socketId;
  const frame = lines
    .map((line) => (line === undefined ? undefined : readFrame(line)))
    .findLast((each) => each);
  if (frame) return { kind: "frame", frame, socketId };
  return refusal ? { kind: "frame", ...refusal } : { kind: "answer", body: text, socketId };
}

/** The outermost object in a line of a log. */
function jsonIn(line: string): string | undefined {
  const start = line.indexOf("{");
  const end = line.lastIndexOf("}");
  return start === -1 || end < start ? undefined : line.slice(start, end + 1);
}

function socketIdIn(line: string | undefined): string | undefined {
  const frame = line === undefined ? undefined : parseJsonObject(line);
  const data = frame?.event === "pusher:connection_established" ? dataOf(frame) : undefined;
  return typeof data?.socket_id === "string" ? data.socket_id : undefined;
}

function dataOf({ data }: JsonObject): JsonObject | undefined {
  if (typeof data === "string") return parseJsonObject(data);
  return isJsonObject(data) ? data : undefined;
}

interface PastedSubscription {
  readonly frame: FrameReading;
  readonly socketId: string;
}

/** The server says what it expected and what it got; only the key is missing. */
function subscriptionOfRefusal(
  text: string,
  lines: readonly (string | undefined)[],
  key: string,
): PastedSubscription | undefined {
  const said = [text, ...lines.map(refusalTextIn)].map((each) => REFUSED_SIGNATURE.exec(each ?? ""));
  const [, stringToSign, signature] = said.findLast((match) => match !== null) ?? [];
  if (stringToSign === undefined || signature === undefined) return undefined;
  const user = /^(\d+\.\d+)::user::([\s\S]*)$/.exec(stringToSign);
  const auth = `${key}:${signature}`;
  if (user) return { socketId: user[1] ?? "", frame: { kind: "user", auth, userData: user[2] } };
  const [, socketId, channel, channelData] = /^(\d+\.\d+):([^:]+)(?::([\s\S]*))?$/.exec(stringToSign) ?? [];
  if (socketId === undefined || channel === undefined) return undefined;
  return { socketId, frame: { kind: "channel", channel, auth, channelData } };
}

const REFUSED_SIGNATURE = /Expected HMAC SHA256 hex digest of ([\s\S]+?), but got (\S*?)(?=["'\]\s]|$)/;

function refusalTextIn(line: string | undefined): string | undefined {
  const frame = line === undefined ? undefined : parseJsonObject(line);
  const data = frame && dataOf(frame);
  const said = data?.message ?? data?.error;
  return typeof said === "string" ? said : undefined;
}

const REFUSED_REQUEST =
  /HmacSHA256Hex\("([A-Z]+)(?:\n|\\n)(\S*?)(?:\n|\\n)([\s\S]*?)", your_secret_key\), but you sent \\?"([^"\\]*)/;

function requestOfRefusal(text: string): PastedRequest | undefined {
  const [, method, path, line, signature] = REFUSED_REQUEST.exec(text) ?? [];
  if (method === undefined || path === undefined || line === undefined) return undefined;
  const query = line.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    return `${pair.slice(0, equals)}=${encodeURIComponent(pair.slice(equals + 1).toWellFormed())}`;
  });
  return { method, path, rawQuery: [...query, `auth_signature=${signature}`].join("&"), body: undefined };
}
