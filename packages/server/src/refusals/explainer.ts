import type { Connection } from "@usher/hub";
import type { HmacHex } from "@usher/protocol";
import {
  type CandidateSecret,
  DEFAULT_TRIAL_LIMITS,
  type Explanation,
  explain,
  type Refusal,
  readFrame,
  USUAL_PATH_PREFIXES,
} from "@usher/protocol/explain";
import { md5Hex } from "../edges/http-api/md5.ts";
import type { RecentSockets } from "./recent-sockets.ts";
import type { Refused, RefusedCall, RefusedFrame } from "./refused.ts";

export interface ExplainerOptions {
  readonly secrets: () => readonly CandidateSecret[];
  readonly recentSockets: RecentSockets;
  readonly hmacHex: HmacHex;
  readonly timeWindowSeconds: number;
  /** Looking into a refusal went wrong, which is a fault of ours and costs its explanation alone. */
  readonly failed: (cause: unknown) => void;
}

/** A refusal as it was at its time: what a connection has done may have changed by the time it is explained. */
export interface ExplainableRefusal {
  readonly refused: Refused;
  readonly atMs: number;
  readonly isSignedIn: boolean;
}

/** Why something was refused; undefined for a frame that asks for nothing that is signed, or is too long to look into. */
export type Explain = (refusal: ExplainableRefusal) => Explanation | undefined;

/** Brings together what the engine needs to know: the frame or request, the secrets, and what else was going on. */
export function explainer(options: ExplainerOptions): Explain {
  const neighbours = new Neighbours();
  const { secrets, recentSockets, hmacHex, timeWindowSeconds, failed } = options;
  return ({ refused, atMs, isSignedIn }) => {
    try {
      const refusal =
        refused.kind === "frame"
          ? frameRefusal(refused, isSignedIn, recentSockets, neighbours)
          : callRefusal(refused, atMs, timeWindowSeconds);
      const limits = DEFAULT_TRIAL_LIMITS;
      return refusal && explain(refusal, { secrets: secrets(), hmacHex, md5Hex, limits });
    } catch (cause) {
      failed(cause);
      return undefined;
    }
  };
}

// A member may have a kilobyte of data, and looking into a long text costs as much as its length says.
const MOST_FRAME_CHARACTERS = 8_192;

function frameRefusal(
  { app, connection, frame }: RefusedFrame,
  isSignedIn: boolean,
  recentSockets: RecentSockets,
  neighbours: Neighbours,
): Refusal | undefined {
  const reading = frame !== undefined && frame.length <= MOST_FRAME_CHARACTERS ? readFrame(frame) : undefined;
  if (!reading) return undefined;
  const { socketId } = connection;
  const common = {
    appId: app.id,
    socketId,
    otherSocketIds: recentSockets.of(app.id).filter((id) => id !== socketId),
  };
  if (reading.kind === "user") return { ...common, ...reading };
  const otherChannels = neighbours.of(connection, reading.channel);
  return { ...common, ...reading, isSignedIn, otherChannels };
}

const MOST_BODY_BYTES = 8_192;

function callRefusal(refused: RefusedCall, atMs: number, windowSeconds: number): Refusal {
  const { route, error, method, path, rawQuery, body } = refused;
  // Only a request whose signature was right may have us look through a long body.
  const mayBeLong = error.code === "http_body_md5_mismatch";
  return {
    kind: "request",
    appId: route.appId,
    method,
    path,
    rawQuery,
    body: body && (mayBeLong || body.length <= MOST_BODY_BYTES) ? body : undefined,
    nowSeconds: Math.floor(atMs / 1_000),
    windowSeconds,
    pathPrefixes: USUAL_PATH_PREFIXES,
  };
}

const MOST_CHANNELS = 8;

/** The channels that one connection asked for, whose answers may have got mixed up: refused ones first. */
class Neighbours {
  readonly #refused = new WeakMap<Connection, string[]>();

  of(connection: Connection, channel: string): readonly string[] {
    const refused = this.#refused.get(connection) ?? [];
    const others = new Set(refused);
    for (const name of connection.subscriptions.keys()) {
      if (others.size > MOST_CHANNELS) break;
      others.add(name);
    }
    others.delete(channel);
    this.#refused.set(
      connection,
      [channel, ...refused.filter((name) => name !== channel)].slice(0, MOST_CHANNELS),
    );
    return [...others].slice(0, MOST_CHANNELS);
  }
}
