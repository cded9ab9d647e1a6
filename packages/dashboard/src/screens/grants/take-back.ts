import type { GrantsToRevoke } from "../../api/grants.ts";

export type TakeBackKind = "now" | "ban" | "not_before";

/** What somebody has filled in; empty texts for what they have not. */
export interface TakeBack {
  readonly kind: TakeBackKind;
  readonly channel: string;
  readonly userId: string;
  readonly socketId: string;
  readonly banSeconds: number;
  readonly reason: string;
}

const DAY_SECONDS = 86_400;

export const NOTHING: TakeBack = {
  kind: "now",
  channel: "",
  userId: "",
  socketId: "",
  banSeconds: DAY_SECONDS,
  reason: "",
};

/** How long a ban may be, with what it is called. */
export const BAN_SECONDS: readonly (readonly [number, string])[] = [
  [3_600, "1 hour"],
  [DAY_SECONDS, "1 day"],
  [7 * DAY_SECONDS, "7 days"],
  [30 * DAY_SECONDS, "30 days"],
  [365 * DAY_SECONDS, "1 year"],
  [3_650 * DAY_SECONDS, "10 years"],
];

/** What the server is asked to do; undefined while something that it needs is missing. */
export function requestOf({
  kind,
  channel,
  userId,
  socketId,
  banSeconds,
  reason,
}: TakeBack): GrantsToRevoke | undefined {
  const said = reason.trim() === "" ? {} : { reason: reason.trim() };
  const scope = { ...(channel && { channel }), ...(userId && { user_id: userId }) };
  switch (kind) {
    case "now": {
      const all = { ...scope, ...(socketId && { socket_id: socketId }) };
      return Object.keys(all).length > 0 ? { ...all, ...said } : undefined;
    }
    case "ban":
      return userId ? { user_id: userId, ban_seconds: banSeconds, ...said } : undefined;
    case "not_before":
      return { ...scope, not_before: true };
  }
}

/** Would it reach everybody on every channel? */
export function isForAll(taken: TakeBack): boolean {
  return taken.kind === "not_before" && taken.channel === "" && taken.userId === "";
}

/** What stock clients will see, as docs/grants.md says at more length; a sentence or two each. */
export function consequencesOf(taken: TakeBack): readonly string[] {
  switch (taken.kind) {
    case "ban":
      return BANNED;
    case "not_before":
      return [
        `What was signed for connections opened before now ${reachOf(taken)} counts no more.`,
        ...RENEWED,
      ];
    case "now":
      return taken.channel === ""
        ? ENDED
        : [`No event of ${taken.channel} reaches them from this moment.`, ...OFF];
  }
}

const OFF = [
  "Pages hear pusher:subscription_error on the channel, with the code grant_revoked and your reason. The connection stays, with its other channels.",
  "pusher-js does not leave the channel by itself: a page that wants to join again calls unsubscribe and subscribe, and your endpoint is asked for a new signature. Change its rules first.",
];

const ENDED = [
  "Private and presence channels and the sign-in end at once; pages hear pusher:subscription_error on each channel.",
  "Then the connection is closed with 4200. pusher-js comes back within seconds and asks your endpoint for everything anew; what it refuses stays out.",
];

const BANNED = [
  "The user's connections are closed with 4009. pusher-js goes to “disconnected” and stays there until the page calls connect().",
  "Until the ban is over, nobody can sign in or join a presence channel as this user. A page that is not signed in can still join private channels: your endpoint should know of the ban.",
];

const RENEWED = [
  "Whoever holds some of it is closed with 4200, at a pace. pusher-js comes back at once, your endpoint is asked again, and the channels succeed again: pages see no error.",
  "Whoever holds nothing of it, such as public channels alone, is left alone.",
];

function reachOf({ channel, userId }: TakeBack): string {
  if (channel !== "" && userId !== "") return `for user ${userId} on ${channel}`;
  if (channel !== "") return `for ${channel}`;
  return userId === "" ? "for any channel of the app" : `for user ${userId}`;
}
