import { UsherError } from "./errors.ts";
import { isClientEventName } from "./event-name.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "./json-object.ts";
import { rawMember } from "./raw-json.ts";
import { fail, ok, type Result } from "./result.ts";

/** What a client may send. Channel names are as the client wrote them: which are valid depends on the app. */
export type ClientMessage =
  | { readonly kind: "ping" }
  | { readonly kind: "pong" }
  | {
      readonly kind: "subscribe";
      readonly channel: string;
      readonly auth: string | undefined;
      /** JSON text, byte for byte as the signature covers it. */
      readonly channelData: string | undefined;
      /** Only from clients that want to be given what they miss. */
      readonly resume?: ResumeRequest;
    }
  | { readonly kind: "unsubscribe"; readonly channel: string }
  | { readonly kind: "signin"; readonly auth: string; readonly userData: string }
  | {
      readonly kind: "clientEvent";
      readonly event: string;
      readonly channel: string;
      /** What other clients receive: a string as the sender gave it, or the JSON text of any other value. */
      readonly data: string;
    };

/** A client's wish to go on where it stopped, as `resume` in a subscription's `data`; stock servers take no notice of it. */
export interface ResumeRequest {
  /** The last event that it has; undefined on its first visit. */
  readonly from: { readonly epoch: string; readonly serial: number } | undefined;
  /** The id of the connection that it had then, whose own events it was not sent. */
  readonly socketId: string | undefined;
}

// UTF-8 has no half of a surrogate pair: all of them are signed as the same replacement character, so a signature of one
// text would pass for another.
const UNSIGNABLE = "signed text with an unpaired surrogate";

/** Turns one text frame into a message. Never throws, whatever the text. */
export function parseClientMessage(text: string): Result<ClientMessage> {
  const frame = parseJsonObject(text);
  if (frame === undefined) return invalid("not a JSON object");
  const event = frame.event;
  if (typeof event !== "string") return invalid('no string "event"');

  switch (event) {
    case "pusher:ping":
      return ok({ kind: "ping" });
    case "pusher:pong":
      return ok({ kind: "pong" });
    case "pusher:subscribe":
      return parseSubscribe(frame);
    case "pusher:unsubscribe":
      return parseUnsubscribe(frame);
    case "pusher:signin":
      return parseSignin(frame);
    default:
      if (!isClientEventName(event)) return fail(new UsherError("event_unsupported", { event }));
      return parseClientEvent(event, frame, text);
  }
}

/** The frame of a message, as stock clients write it. */
export function encodeClientMessage(message: ClientMessage): string {
  switch (message.kind) {
    case "ping":
      return '{"event":"pusher:ping","data":{}}';
    case "pong":
      return '{"event":"pusher:pong","data":{}}';
    case "subscribe":
      return JSON.stringify({
        event: "pusher:subscribe",
        data: {
          auth: message.auth,
          channel_data: message.channelData,
          channel: message.channel,
          resume: message.resume && { ...message.resume.from, socket_id: message.resume.socketId },
        },
      });
    case "unsubscribe":
      return JSON.stringify({ event: "pusher:unsubscribe", data: { channel: message.channel } });
    case "signin":
      return JSON.stringify({
        event: "pusher:signin",
        data: { auth: message.auth, user_data: message.userData },
      });
    case "clientEvent":
      return JSON.stringify({ event: message.event, channel: message.channel, data: message.data });
  }
}

function parseSubscribe(frame: JsonObject): Result<ClientMessage> {
  const data = dataObject(frame);
  const channel = data?.channel;
  if (typeof channel !== "string")
    return fail(new UsherError("parameter_missing", { parameter: "data.channel" }));
  const channelData = nonEmptyString(data?.channel_data);
  if (channelData?.isWellFormed() === false) return invalid(UNSIGNABLE);
  const resume = parseResume(data?.resume);
  const message = { kind: "subscribe", channel, auth: nonEmptyString(data?.auth), channelData } as const;
  return ok(resume ? { ...message, resume } : message);
}

/** A position that makes no sense is none: the client then learns where the channel stands. */
function parseResume(value: unknown): ResumeRequest | undefined {
  if (!isJsonObject(value)) return undefined;
  const { epoch, serial, socket_id } = value;
  const isPosition = typeof epoch === "string" && Number.isSafeInteger(serial) && (serial as number) >= 0;
  return {
    from: isPosition ? { epoch, serial: serial as number } : undefined,
    socketId: typeof socket_id === "string" ? socket_id : undefined,
  };
}

function parseUnsubscribe(frame: JsonObject): Result<ClientMessage> {
  const channel = dataObject(frame)?.channel;
  if (typeof channel !== "string")
    return fail(new UsherError("parameter_missing", { parameter: "data.channel" }));
  return ok({ kind: "unsubscribe", channel });
}

function parseSignin(frame: JsonObject): Result<ClientMessage> {
  const data = dataObject(frame);
  const auth = data?.auth;
  const userData = data?.user_data;
  if (typeof auth !== "string") return fail(new UsherError("signin_auth_malformed"));
  if (typeof userData !== "string") {
    return fail(new UsherError("parameter_missing", { parameter: "data.user_data" }));
  }
  if (!userData.isWellFormed()) return invalid(UNSIGNABLE);
  return ok({ kind: "signin", auth, userData });
}

function parseClientEvent(event: string, frame: JsonObject, text: string): Result<ClientMessage> {
  const channel = frame.channel;
  if (typeof channel !== "string" || !Object.hasOwn(frame, "data")) {
    return fail(new UsherError("client_event_invalid"));
  }
  const data = frame.data;
  return ok({
    kind: "clientEvent",
    event,
    channel,
    data: typeof data === "string" ? data : (rawMember(text, "data") ?? "null"),
  });
}

/** `data` as an object; some clients send it as a JSON string that holds one. */
function dataObject(frame: JsonObject): JsonObject | undefined {
  const data = frame.data;
  return typeof data === "string" ? parseJsonObject(data) : isJsonObject(data) ? data : undefined;
}

/** pusher-js sends `auth: ""` on public channels, which means none. */
function nonEmptyString(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function invalid(reason: string): Result<ClientMessage> {
  return fail(new UsherError("message_invalid", { reason }));
}
