import type { BuiltInTypes } from "./parameter-type.ts";

/**
 * The parameters that a pattern's text promises: `private-order.{orderId:int}` gives `{ readonly orderId: number }`.
 *
 * @typeParam Types by name, what the parameter types of the app give.
 */
export type PatternParams<Pattern extends string, Types = BuiltInTypes> = {
  readonly [Name in ParamText<Pattern> as NameOf<Name>]: ValueOf<TypeOf<Name>, Types>;
};

/** `unknown` for a pattern that is fine, and otherwise a type that no string has and that says what is wrong. */
export type CheckedPattern<Pattern extends string, Types> = string extends Pattern
  ? unknown
  : Pattern extends `private-${string}` | `presence-${string}`
    ? UnknownType<ParamText<Pattern>, Types> extends infer Wrong
      ? [Wrong] extends [never]
        ? unknown
        : InvalidPattern<`no parameter type is named ${Wrong & string}`>
      : never
    : InvalidPattern<"a pattern begins with private- or presence-: public channels need no authorization">;

interface InvalidPattern<Reason extends string> {
  readonly "invalid pattern": Reason;
}

/** The texts between braces, as a union. */
type ParamText<Pattern extends string> = Pattern extends `${string}{${infer Param}}${infer Rest}`
  ? Param | ParamText<Rest>
  : never;

type NameOf<Param extends string> = Param extends `${infer Name}:${string}` ? Name : Param;

type TypeOf<Param extends string> = Param extends `${string}:${infer Type}` ? Type : "string";

type ValueOf<Type extends string, Types> = Type extends keyof Types ? Types[Type] : unknown;

type UnknownType<Param extends string, Types> = Param extends string
  ? TypeOf<Param> extends keyof Types
    ? never
    : TypeOf<Param>
  : never;
