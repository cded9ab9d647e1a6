/**
 * Which events with which data there are on which channels: for each channel, `*` standing for any text, the data of each
 * event.
 *
 * ```ts
 * interface Events {
 *   "private-order-*": { shipped: { at: string } };
 *   "#server-to-user-*": { notice: { text: string } };
 * }
 * ```
 */
export type EventMap<Events> = { readonly [Pattern in keyof Events]: object };

/** Any event with any data on any channel. */
export type AnyEvents = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The channels that events can be triggered on. */
export type ChannelOf<Events> = string extends keyof Events
  ? string
  : Exclude<Matching<keyof Events & string>, `#${string}`>;

/** The events there are on a channel. */
export type EventOf<Events, Channel extends string> = NamesOf<EventsOn<Events, Channel>>;

/** The data of an event on a channel. */
export type DataOf<Events, Channel extends string, Name extends string> = DataIn<
  EventsOn<Events, Channel>,
  Name
>;

/** The events that can be sent to a user: those of `#server-to-user-*`, any unless it is described. */
export type UserEventOf<Events> =
  IsDescribed<Events, UserChannel> extends true ? EventOf<Events, UserChannel> : string;

export type UserDataOf<Events, Name extends string> =
  IsDescribed<Events, UserChannel> extends true ? DataOf<Events, UserChannel, Name> : unknown;

/** One event of a batch. */
export type BatchEvent<Events> = {
  [Pattern in keyof Events & string]: {
    [Name in keyof Events[Pattern] & string]: {
      readonly channel: Matching<Pattern>;
      readonly name: Name;
      readonly data: Events[Pattern][Name];
      /** The connection that is not to receive the event. */
      readonly socket_id?: string | undefined;
      /** Comma-separated: `user_count`, `subscription_count`. */
      readonly info?: string | undefined;
    };
  }[keyof Events[Pattern] & string];
}[keyof Events & string];

type UserChannel = `#server-to-user-${string}`;

type Matching<Pattern extends string> = Pattern extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Matching<Tail>}`
  : Pattern;

type EventsOn<Events, Channel extends string> = {
  [Pattern in keyof Events & string]: Channel extends Matching<Pattern> ? Events[Pattern] : never;
}[keyof Events & string];

type NamesOf<Described> = Described extends object ? keyof Described & string : never;

type DataIn<Described, Name extends string> = Described extends object
  ? Name extends keyof Described
    ? Described[Name]
    : never
  : never;

type IsDescribed<Events, Channel extends string> = [EventsOn<Events, Channel>] extends [never] ? false : true;
