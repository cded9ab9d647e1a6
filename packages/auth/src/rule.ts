/** What is known about a request when a rule is asked. */
export interface RuleContext<User> {
  readonly user: User;
  readonly request: Request;
  /** The connection that wants to subscribe. */
  readonly socketId: string;
  readonly channel: string;
}

/** May this user join the channel with these parameters? For a presence channel: as whom? */
export type ChannelRule<Params, Answer, User> = (
  params: Params,
  context: RuleContext<User>,
) => Answer | Promise<Answer>;

/** What a rule for a pattern answers: for a presence channel who joins, for others whether. */
export type RuleAnswer<Pattern extends string> = string extends Pattern
  ? Member | boolean
  : Pattern extends `presence-${string}`
    ? Member | false
    : boolean;

/** Who a user is to the others on a presence channel. */
export interface Member {
  /** At most 128 characters. Comes from your session or database, never from the request. */
  readonly id: string | number;
  /** What the others learn about the member: an object that JSON can hold, about a kilobyte at most. */
  readonly info?: object;
}

/** Who signs in on this connection. False refuses. */
export type UserRule<User> = (
  user: User,
  context: Omit<RuleContext<User>, "user" | "channel">,
) => UserToSignIn | false | Promise<UserToSignIn | false>;

/** The user of a connection, to whom the app's server can then send events and whom it can disconnect. */
export interface UserToSignIn {
  readonly id: string | number;
  /** For presence channels that the user joins without further data. */
  readonly info?: object;
  /** Ids of users whose coming and going this user hears of. */
  readonly watchlist?: readonly string[];
}

export type Decision = Allowed | Refused;

export interface Allowed {
  readonly allowed: true;
  /** The pattern of the rule that decided. */
  readonly rule: string;
  /** For presence channels. */
  readonly member?: Member;
}

export interface Refused {
  readonly allowed: false;
  readonly reason: RefusalReason;
  /** The pattern of the rule that decided; undefined when there is none for the channel. */
  readonly rule?: string;
}

/**
 * - `channel_invalid`: no channel can have this name.
 * - `channel_public`: the channel needs no authorization, and gets none.
 * - `not_signed_in`: nobody is asking.
 * - `no_rule`: no rule is for this channel.
 * - `rule`: the rule said no.
 */
export type RefusalReason = "channel_invalid" | "channel_public" | "not_signed_in" | "no_rule" | "rule";
