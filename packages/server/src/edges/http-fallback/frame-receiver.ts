import type { Hub } from "@usher/hub";
import type { ErrorCode } from "@usher/protocol";
import type { ApplyEffects } from "../../apply-effects.ts";
import type { EngineHandlers } from "../engine.ts";
import { refusalAnswer, sentAnswer } from "./answers.ts";
import type { HttpSession } from "./http-session.ts";

interface FrameReceiverOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly sockets: Pick<EngineHandlers, "text" | "alive">;
  readonly maxFrameBytes: number;
}

/** Takes in what the client of an open session sends: a JSON array of frames. */
export type ReceiveFrames = (request: Request, session: HttpSession) => Promise<Response>;

/** pusher-js sends each frame by itself, so a page that joins a hundred channels sends a hundred at once. */
const MOST_SENDS_OF_ONE_SESSION = 256;
const MOST_SENDS = 4_096;

/** A client whose frame cannot be taken is sent away: it would never learn that the frame was lost. */
export function frameReceiver({ hub, apply, sockets, maxFrameBytes }: FrameReceiverOptions): ReceiveFrames {
  // As JSON, a frame can grow to twice its size.
  const maxBodyBytes = 2 * maxFrameBytes + 1_024;
  let sendsInFlight = 0;

  return async (request, session) => {
    if (sendsInFlight >= MOST_SENDS || session.sendsInFlight >= MOST_SENDS_OF_ONE_SESSION) {
      return sendAway(session, "over_capacity", 503, "Too many requests at once.");
    }
    if (Number(request.headers.get("content-length")) > maxBodyBytes) return tooLarge(session);
    const body = await readBody(request, session);
    // The session may have ended while the body came in.
    if (!session.isOpen) return refusalAnswer(404, "Session not found.");
    if (!body) return refusalAnswer(400, "The body ended early.");
    if (body.length === 0) return refusalAnswer(500, "Payload expected.");
    if (body.length > maxBodyBytes) return tooLarge(session);
    const frames = parseFrames(body);
    if (!frames) return refusalAnswer(500, "Broken JSON encoding.");
    if (frames.some((frame) => Buffer.byteLength(frame) > maxFrameBytes)) return tooLarge(session);
    receive(frames, session);
    return sentAnswer();
  };

  async function readBody(request: Request, session: HttpSession): Promise<Uint8Array | undefined> {
    sendsInFlight++;
    session.sendsInFlight++;
    try {
      return await request.bytes();
    } catch {
      return undefined;
    } finally {
      sendsInFlight--;
      session.sendsInFlight--;
    }
  }

  function receive(frames: readonly string[], session: HttpSession): void {
    if (frames.length === 0) {
      sockets.alive(session);
      session.answerPing();
    }
    for (const frame of frames) if (session.isOpen) sockets.text(session, frame);
  }

  function tooLarge(session: HttpSession): Response {
    return sendAway(session, "frame_too_large", 413, "The frame is too large.");
  }

  function sendAway(session: HttpSession, code: ErrorCode, status: number, text: string): Response {
    if (session.connection) apply(hub.close(session.connection, code, { limit: maxFrameBytes }));
    return refusalAnswer(status, text);
  }
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
