import type { Hub } from "@usher/hub";
import type { ErrorCode } from "@usher/protocol";
import type { ApplyEffects } from "../../apply-effects.ts";
import type { EngineHandlers } from "../engine.ts";
import { refusalAnswer, takenAnswer } from "./answers.ts";
import type { HttpSession } from "./http-session.ts";

interface FrameReceiverOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly sockets: Pick<EngineHandlers, "text" | "alive">;
  readonly maxFrameBytes: number;
}

/** What a request of a client sends. */
export type Sent =
  | { readonly kind: "frames"; readonly frames: readonly string[] }
  /** Nothing that any client of ours sends; the session goes on without it. */
  | { readonly kind: "unfit"; readonly status: number; readonly text: string }
  /** The client is sent away: it would never learn that a frame was lost. */
  | { readonly kind: "tooMuch"; readonly code: SendAwayCode };

export type SendAwayCode = Extract<ErrorCode, "over_capacity" | "frame_too_large">;

/** Reads requests with a JSON array of frames, and has sessions take them in. */
export interface FrameReceiver {
  /** @param sender counts what one session sends at the same time. */
  read(request: Request, sender: { sendsInFlight: number }): Promise<Sent>;
  /** The frames go to the hub. False for a session that has ended: it may have while the body came in. */
  take(sent: Sent, session: HttpSession): boolean;
}

/** pusher-js sends each frame by itself, so a page that joins a hundred channels sends a hundred at once. */
const MOST_SENDS_OF_ONE_SESSION = 256;
const MOST_SENDS = 4_096;

export function frameReceiver({ hub, apply, sockets, maxFrameBytes }: FrameReceiverOptions): FrameReceiver {
  // As JSON, a frame can grow to twice its size.
  const maxBodyBytes = 2 * maxFrameBytes + 1_024;
  let sendsInFlight = 0;

  return {
    async read(request, sender) {
      if (sendsInFlight >= MOST_SENDS || sender.sendsInFlight >= MOST_SENDS_OF_ONE_SESSION)
        return { kind: "tooMuch", code: "over_capacity" };
      if (Number(request.headers.get("content-length")) > maxBodyBytes) return TOO_LARGE;
      const body = await readBody(request, sender);
      if (!body) return { kind: "unfit", status: 400, text: "The body ended early." };
      if (body.length === 0) return { kind: "unfit", status: 500, text: "Payload expected." };
      if (body.length > maxBodyBytes) return TOO_LARGE;
      const frames = parseFrames(body);
      if (!frames) return { kind: "unfit", status: 500, text: "Broken JSON encoding." };
      return frames.some((frame) => Buffer.byteLength(frame) > maxFrameBytes)
        ? TOO_LARGE
        : { kind: "frames", frames };
    },

    take(sent, session) {
      if (!session.isOpen) return false;
      if (sent.kind === "frames") {
        receive(sent.frames, session);
      } else if (sent.kind === "tooMuch" && session.connection) {
        apply(hub.close(session.connection, sent.code, { limit: maxFrameBytes }));
      }
      return true;
    },
  };

  async function readBody(
    request: Request,
    sender: { sendsInFlight: number },
  ): Promise<Uint8Array | undefined> {
    sendsInFlight++;
    sender.sendsInFlight++;
    try {
      return await request.bytes();
    } catch {
      return undefined;
    } finally {
      sendsInFlight--;
      sender.sendsInFlight--;
    }
  }

  function receive(frames: readonly string[], session: HttpSession): void {
    if (frames.length === 0) {
      sockets.alive(session);
      session.answerPing();
    }
    for (const frame of frames) if (session.isOpen) sockets.text(session, frame);
  }
}

const TOO_LARGE: Sent = { kind: "tooMuch", code: "frame_too_large" };

/** The answer to what a session has taken. */
export function sentAnswer(sent: Sent): Response {
  if (sent.kind === "frames") return takenAnswer();
  if (sent.kind === "unfit") return refusalAnswer(sent.status, sent.text);
  return sent.code === "over_capacity"
    ? refusalAnswer(503, "Too many requests at once.")
    : refusalAnswer(413, "The frame is too large.");
}

function parseFrames(body: Uint8Array): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(DECODER.decode(body));
    if (!Array.isArray(value)) return undefined;
    return value.every((frame) => typeof frame === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

const DECODER = new TextDecoder("utf-8", { fatal: true });
