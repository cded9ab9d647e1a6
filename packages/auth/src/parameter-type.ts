import { CHANNEL_CHARACTERS } from "./automaton.ts";
import {
  character,
  choice,
  literal,
  optional,
  repeat,
  type Shape,
  sequence,
  times,
  toRegExpSource,
} from "./shape.ts";

/** A kind of parameter of your own, for `{name:type}` in patterns. */
export interface ParameterType<Value> {
  /** Matched against the parameter as a whole, without flags. */
  readonly matches: RegExp;
  /** Makes the value that rules receive. Undefined means that the text is no such value after all. */
  readonly parse?: (text: string) => Value | undefined;
  /** A text that matches. Rules are compared with each other by it, as nobody can by a regular expression. */
  readonly example: string;
}

/** The kinds of parameters that every pattern knows, and what rules receive for them. */
export interface BuiltInTypes {
  /** What is used when none is named: no dot, and not the character that the pattern goes on with. */
  readonly string: string;
  /** A whole number from 0, in its one spelling: `7`, never `07`. */
  readonly int: number;
  readonly uuid: string;
  /** Lower-case words with single dashes between them. */
  readonly slug: string;
  /** Everything that a channel name may have. */
  readonly any: string;
}

/** How one kind of parameter is matched, compared and read. */
export interface ResolvedType {
  /** @param next the character that the pattern goes on with, if any. */
  readonly form: (next: string | undefined) => { readonly shape: Shape; readonly source: string };
  readonly parse: (text: string) => unknown;
}

const DIGITS = repeat(character("0123456789"));
const WORD = repeat(character("abcdefghijklmnopqrstuvwxyz0123456789"));
const HEX = character("0123456789abcdefABCDEF");
const DASH = character("-");
const UUID = sequence(
  times(8, HEX),
  DASH,
  times(4, HEX),
  DASH,
  times(4, HEX),
  DASH,
  times(4, HEX),
  DASH,
  times(12, HEX),
);

export const BUILT_IN_TYPES: ReadonlyMap<string, ResolvedType> = new Map([
  ["string", builtIn((next) => repeat(character(without(CHANNEL_CHARACTERS, `.${next ?? ""}`))))],
  ["int", builtIn(() => choice(character("0"), sequence(character("123456789"), optional(DIGITS))), toInt)],
  ["uuid", builtIn(() => UUID)],
  ["slug", builtIn(() => sequence(WORD, optional(repeat(sequence(character("-"), WORD)))))],
  ["any", builtIn(() => repeat(character(CHANNEL_CHARACTERS)))],
]);

/** @throws TypeError when rules could not be matched or compared by it. */
export function resolveType(name: string, type: ParameterType<unknown>): ResolvedType {
  const { matches, parse, example } = type;
  const { source, flags } = matches;
  if (!/^\w+$/.test(name)) throw new TypeError(`a parameter type is named by a word, not by "${name}"`);
  if (flags !== "") throw new TypeError(`the parameter type ${name}: leave out the flags "${flags}"`);
  // Inside of a pattern they would never match, and the rule would refuse everybody without a word.
  if (/^\^|\$$/.test(source)) {
    throw new TypeError(`the parameter type ${name}: leave out ^ and $, it is matched as a whole anyway`);
  }
  if (!new RegExp(`^(?:${source})$`).test(example)) {
    throw new TypeError(`the parameter type ${name}: its example "${example}" does not match`);
  }
  return { form: () => ({ shape: literal(example), source }), parse: parse ?? asItIs };
}

function builtIn(shape: (next: string | undefined) => Shape, parse = asItIs): ResolvedType {
  return {
    form: (next) => ({ shape: shape(next), source: toRegExpSource(shape(next)) }),
    parse,
  };
}

function asItIs(text: string): unknown {
  return text;
}

function toInt(text: string): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

function without(characters: string, left: string): string {
  return [...characters].filter((one) => !left.includes(one)).join("");
}
