import { channelTraits } from "@usher/protocol";
import { checkChannel, checkSocketId, checkUserId } from "./check-parameters.ts";
import { ParameterError } from "./parameter-error.ts";

/**
 * Which grants are taken back: all that is given must fit.
 *
 * With nothing else, what connections hold right now ends, and clients may ask for it again.
 */
export interface GrantsToRevoke {
  /** A private or presence channel; left out, sign-ins and all channels. */
  readonly channel?: string | undefined;
  /** Who is signed in, or the member of a presence channel. */
  readonly userId?: string | undefined;
  readonly socketId?: string | undefined;
  /** Ends the user's connections and keeps the user out for so many seconds. Needs `userId`, and it alone. */
  readonly banSeconds?: number | undefined;
  /** Refuses what was signed for connections opened by now: for the channel, the user, both, or the whole app. */
  readonly notBefore?: boolean | undefined;
  /** Shown to the user: one line. */
  readonly reason?: string | undefined;
}

export interface GrantsRevoked {
  /** What ended: subscriptions and sign-ins at once, connections that have to end within so many seconds. */
  readonly ended: {
    readonly connections: number;
    readonly subscriptions: number;
    readonly signIns: number;
    readonly withinSeconds: number;
  };
  /** What lasts: a ban or a watermark. */
  readonly restriction?: Restriction;
}

/** Times are ISO 8601, UTC. */
export type Restriction =
  | {
      readonly kind: "ban";
      readonly id: string;
      readonly userId: string;
      readonly until: string | null;
      readonly reason: string | null;
    }
  | {
      readonly kind: "not_before";
      readonly id: string;
      readonly channel: string | null;
      readonly userId: string | null;
      readonly at: string;
    };

/** The body of a request to `/grants/revoke`. @throws ParameterError */
export function encodeRevocation(grants: GrantsToRevoke): string {
  const { channel, userId, socketId, banSeconds, notBefore, reason } = grants;
  if (channel !== undefined) checkGrantedChannel(channel);
  if (userId !== undefined) checkUserId(userId);
  if (socketId !== undefined) checkSocketId(socketId);
  // Without this, a variable that is undefined by mistake would make one user's revocation everybody's.
  if (channel === undefined && userId === undefined && socketId === undefined && notBefore !== true) {
    throw new ParameterError(
      "grants_invalid",
      "Give a channel, a userId or a socketId; or notBefore alone, for the whole app",
    );
  }
  if (banSeconds !== undefined) checkBan(grants, banSeconds);
  return JSON.stringify({
    channel,
    user_id: userId,
    socket_id: socketId,
    ban_seconds: banSeconds,
    not_before: notBefore,
    reason,
  });
}

/** @param json the answer to such a request, which came from the server that was asked. */
export function decodeRevocation(json: string): GrantsRevoked {
  const { ended, restriction } = JSON.parse(json) as WireAnswer;
  const { connections, subscriptions, sign_ins: signIns, within_seconds: withinSeconds } = ended;
  return {
    ended: { connections, subscriptions, signIns, withinSeconds },
    ...(restriction ? { restriction: decodeRestriction(restriction) } : {}),
  };
}

interface WireAnswer {
  readonly ended: {
    readonly connections: number;
    readonly subscriptions: number;
    readonly sign_ins: number;
    readonly within_seconds: number;
  };
  readonly restriction?: WireRestriction;
}

type WireRestriction =
  | {
      readonly kind: "ban";
      readonly id: string;
      readonly user_id: string;
      readonly until: string | null;
      readonly reason: string | null;
    }
  | {
      readonly kind: "not_before";
      readonly id: string;
      readonly channel: string | null;
      readonly user_id: string | null;
      readonly at: string;
    };

function decodeRestriction(wire: WireRestriction): Restriction {
  const { id } = wire;
  if (wire.kind === "ban") {
    return { kind: "ban", id, userId: wire.user_id, until: wire.until, reason: wire.reason };
  }
  return { kind: "not_before", id, channel: wire.channel, userId: wire.user_id, at: wire.at };
}

function checkGrantedChannel(channel: unknown): void {
  checkChannel(channel);
  if (channelTraits(channel).access !== "public") return;
  throw new ParameterError(
    "grants_invalid",
    `Channel '${channel}' is public: nobody needs a grant for it, so there is none to take back`,
  );
}

function checkBan({ channel, userId, socketId, notBefore }: GrantsToRevoke, seconds: number): void {
  if (userId === undefined || channel !== undefined || socketId !== undefined || notBefore === true) {
    throw new ParameterError(
      "grants_invalid",
      "A ban is for a user everywhere: give banSeconds with userId alone",
    );
  }
  if (Number.isInteger(seconds) && seconds >= 1) return;
  throw new ParameterError("grants_invalid", "Expected banSeconds to be a whole number of at least 1");
}
