import { channelTraits, parseChannelName } from "@usher/protocol";
import { explainDecision } from "./explain.ts";
import {
  BUILT_IN_TYPES,
  type BuiltInTypes,
  type ParameterType,
  type ResolvedType,
  resolveType,
} from "./parameter-type.ts";
import { compilePattern, type Params, type Pattern } from "./pattern.ts";
import type { CheckedPattern, PatternParams } from "./pattern-params.ts";
import type {
  ChannelRule,
  Decision,
  Member,
  RuleAnswer,
  RuleContext,
  UserRule,
  UserToSignIn,
} from "./rule.ts";
import { checkMember, checkUser } from "./rule-answer.ts";
import { RuleError } from "./rule-error.ts";

/** The longest name that the server and the server libraries accept. */
export const LONGEST_CHANNEL_NAME = 200;

/**
 * Who may join which channel, and who signs in. Nobody may do anything until a rule says so.
 *
 * Every method returns rules with one more; what it was called on stays as it was.
 *
 * @typeParam User whatever the app knows about who is asking.
 */
export function defineChannels<User>(): Channels<User> {
  return new Channels<User>([], BUILT_IN_TYPES, undefined);
}

/** A request that is decided; whatever is left out has a stand-in, for tests. */
export interface Asked {
  readonly request?: Request;
  readonly socketId?: string;
}

export class Channels<User, Types = BuiltInTypes> {
  /** In the order of their definition: the first whose pattern fits decides alone. */
  readonly rules: readonly DefinedRule<User>[];
  readonly #types: ReadonlyMap<string, ResolvedType>;
  readonly #userRule: UserRule<User> | undefined;

  constructor(
    rules: readonly DefinedRule<User>[],
    types: ReadonlyMap<string, ResolvedType>,
    userRule: UserRule<User> | undefined,
  ) {
    this.rules = rules;
    this.#types = types;
    this.#userRule = userRule;
  }

  /** Adds a kind of parameter, for the patterns that follow. */
  type<Name extends string, Value = string>(
    name: Name,
    type: ParameterType<Value>,
  ): Channels<User, Omit<Types, Name> & Readonly<Record<Name, Value>>> {
    return new Channels(this.rules, new Map(this.#types).set(name, resolveType(name, type)), this.#userRule);
  }

  /**
   * Adds a rule for the channels of a pattern, such as `private-order.{orderId:int}`.
   *
   * The pattern describes the whole name and exactly one kind of channel: `private-{x}` is no rule for encrypted or
   * cache channels.
   *
   * @throws TypeError for a pattern that cannot be, or that could read one channel in two ways.
   */
  channel<const Text extends string>(
    pattern: Text & CheckedPattern<Text, Types>,
    rule: ChannelRule<PatternParams<Text, Types>, RuleAnswer<Text>, User>,
  ): Channels<User, Types> {
    const defined: DefinedRule<User> = {
      pattern: compilePattern(pattern, this.#types),
      // The pattern makes these parameters from the same text that their type was made from.
      decide: rule as unknown as DefinedRule<User>["decide"],
    };
    return new Channels([...this.rules, defined], this.#types, this.#userRule);
  }

  /** Sets who signs in (`pusher.signin()`). Without it, nobody does. */
  user(rule: UserRule<User>): Channels<User, Types> {
    return new Channels(this.rules, this.#types, rule);
  }

  /**
   * May this user join this channel?
   *
   * @param user null for somebody who is not signed in.
   * @throws what the rule throws, and RuleError for an answer that a rule may not give.
   */
  async decide(channel: string, user: User | null, asked: Asked = {}): Promise<Decision> {
    if (!parseChannelName(channel, LONGEST_CHANNEL_NAME).ok) return refused("channel_invalid");
    const { access, isPresence } = channelTraits(channel);
    if (access === "public" || access === "user") return refused("channel_public");
    if (user === null) return refused("not_signed_in");
    const found = this.find(channel);
    if (found === undefined) return refused("no_rule");

    const { rule, params } = found;
    const { text } = rule.pattern;
    const answer: unknown = await rule.decide(params, { ...complete(asked), user, channel });
    if (answer === false) return { allowed: false, reason: "rule", rule: text };
    if (isPresence) return { allowed: true, rule: text, member: checkMember(answer, text) };
    // Only true is a yes: a forgotten await or a row of a database is none.
    if (answer === true) return { allowed: true, rule: text };
    throw new RuleError(`the rule ${text} answered ${describe(answer)}; it must answer true or false`);
  }

  /** Who signs in, or false. @throws as `decide` does. */
  async decideUser(user: User, asked: Asked = {}): Promise<UserToSignIn | false> {
    const answer: unknown = await this.#userRule?.(user, complete(asked));
    if (answer === false || this.#userRule === undefined) return false;
    return checkUser(answer);
  }

  /** The same decision in words, for a person who wonders about it. */
  async explain(channel: string, user: User | null, asked: Asked = {}): Promise<string> {
    const patterns = this.rules.map(({ pattern }) => pattern);
    return explainDecision(channel, await this.decide(channel, user, asked), patterns);
  }

  /** The rule that decides about a channel, with the parameters that it gets. */
  find(channel: string): { readonly rule: DefinedRule<User>; readonly params: Params } | undefined {
    for (const rule of this.rules) {
      const params = rule.pattern.match(channel);
      if (params !== undefined) return { rule, params };
    }
    return undefined;
  }
}

export interface DefinedRule<User> {
  readonly pattern: Pattern;
  readonly decide: (params: Params, context: RuleContext<User>) => Answer | Promise<Answer>;
}

type Answer = Member | boolean;

function refused(reason: "channel_invalid" | "channel_public" | "not_signed_in" | "no_rule"): Decision {
  return { allowed: false, reason };
}

function complete({ request, socketId }: Asked): { readonly request: Request; readonly socketId: string } {
  return { request: request ?? new Request("http://localhost/pusher/auth"), socketId: socketId ?? "1.1" };
}

function describe(answer: unknown): string {
  if (answer === null || answer === undefined) return String(answer);
  return typeof answer === "object" ? "an object" : `a ${typeof answer}`;
}
