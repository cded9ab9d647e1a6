import type { Variables } from "./dotenv.ts";

/**
 * What a Laravel configuration file returns, as far as it can be known without running PHP: literals, arrays, `env()` with
 * the variables given, casts, `??`, `===` and `explode()` with a literal separator. Everything else is `Unreadable`,
 * which spoils the value it is part of and no other.
 */
export type PhpValue = string | number | boolean | null | readonly PhpValue[] | PhpArray | Unreadable;

/** An array with keys. */
export interface PhpArray {
  readonly [key: string]: PhpValue;
}

export class Unreadable {
  readonly line: number;

  constructor(line: number) {
    this.line = line;
  }
}

/** @returns undefined for a file that does not simply return an array. */
export function parsePhpConfig(text: string, variables: Variables): PhpValue | undefined {
  const tokens = tokenize(text);
  const start = tokens.findIndex(
    ({ kind, text: word }) => kind === "word" && word.toLowerCase() === "return",
  );
  if (start === -1) return undefined;
  const parser = new Parser(tokens.slice(start + 1), variables);
  const value = parser.value();
  return value instanceof Unreadable ? undefined : value;
}

type TokenKind = "string" | "number" | "word" | "sign" | "other";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
}

const TOKEN =
  /(?<skip>\s+|\/\/[^\n]*|#(?!\[)[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*")|(?<number>\d[\d_]*(?:\.\d+)?)|(?<word>\\?[A-Za-z_][\w\\]*)|(?<sign>=>|===|!==|\?\?|\?:|::|->|[[\](),;])|(?<other>[\s\S])/g;

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const { 0: found, groups = {} } of text.matchAll(TOKEN)) {
    const kind = KINDS.find((each) => groups[each] !== undefined);
    if (kind) tokens.push({ kind, text: found, line });
    line += found.split("\n").length - 1;
  }
  return tokens;
}

const KINDS: readonly TokenKind[] = ["string", "number", "word", "sign", "other"];

/** Reads from left to right; after something unreadable it goes on behind the next comma or closing bracket. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #variables: Variables;
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], variables: Variables) {
    this.#tokens = tokens;
    this.#variables = variables;
  }

  /** One value up to a comma, a closing bracket or a semicolon, none of which it takes. */
  value(): PhpValue {
    const start = this.#position;
    const value = this.#expression();
    if (value !== undefined && this.#isAtEnd()) return value;
    this.#position = start;
    return this.#skip();
  }

  #expression(): PhpValue | undefined {
    return this.#within(() => this.#comparison());
  }

  #comparison(): PhpValue | undefined {
    const left = this.#operand();
    if (left === undefined) return undefined;
    if (this.#take("===")) return equal(left, this.#operand());
    if (!this.#take("??")) return left;
    const otherwise = this.#expression();
    return left === null ? otherwise : left;
  }

  #operand(): PhpValue | undefined {
    const token = this.#tokens[this.#position];
    if (!token) return undefined;
    if (token.kind === "string") return this.#next(literal(token.text));
    if (token.kind === "number") return this.#next(Number(token.text.replaceAll("_", "")));
    if (token.text === "-" && this.#tokens[this.#position + 1]?.kind === "number") {
      this.#position++;
      return -(this.#operand() as number);
    }
    if (this.#take("[")) return this.#array("]");
    if (this.#take("(")) return this.#cast();
    return token.kind === "word" ? this.#word(token.text.replace(/^\\/, "").toLowerCase()) : undefined;
  }

  #word(word: string): PhpValue | undefined {
    this.#position++;
    if (Object.hasOwn(CONSTANTS, word)) return CONSTANTS[word];
    if (!this.#take("(")) return undefined;
    if (word === "array") return this.#array(")");
    const values = this.#array(")");
    if (!Array.isArray(values)) return undefined;
    const [first, second = null] = values as readonly PhpValue[];
    if (word === "env" && typeof first === "string") return readVariable(this.#variables[first], second);
    if (word === "explode" && typeof first === "string" && typeof second === "string")
      return second.split(first);
    return undefined;
  }

  /** `(int) env(...)`, or a value in brackets. */
  #cast(): PhpValue | undefined {
    const type = this.#tokens[this.#position]?.text.toLowerCase() ?? "";
    if (!Object.hasOwn(CASTS, type) || this.#tokens[this.#position + 1]?.text !== ")") {
      const value = this.#expression();
      return this.#take(")") ? value : undefined;
    }
    this.#position += 2;
    const value = this.#within(() => this.#operand());
    return value === undefined || value instanceof Unreadable ? value : CASTS[type]?.(value);
  }

  /** The rest of an array, or of the arguments of a call, behind its opening bracket. */
  #array(closing: string): PhpValue | undefined {
    const list: PhpValue[] = [];
    const keyed: [string, PhpValue][] = [];
    while (!this.#take(closing)) {
      if (this.#position >= this.#tokens.length) return undefined;
      const value = this.value();
      if (this.#take("=>")) keyed.push([String(value), this.value()]);
      else list.push(value);
      if (!this.#take(",") && this.#tokens[this.#position]?.text !== closing) return undefined;
    }
    return keyed.length === 0 ? list : Object.fromEntries([...list.entries(), ...keyed]);
  }

  #skip(): Unreadable {
    const line = this.#tokens[this.#position]?.line ?? 0;
    for (let depth = 0; this.#position < this.#tokens.length; this.#position++) {
      // The arrow of a function is part of what cannot be read.
      if (depth === 0 && this.#isAtEnd() && this.#tokens[this.#position]?.text !== "=>") break;
      const { text = "", kind } = this.#tokens[this.#position] ?? {};
      if (kind === "other" && text === "{") depth++;
      if (kind === "other" && text === "}") depth--;
      if (text === "[" || text === "(") depth++;
      if (text === "]" || text === ")") depth--;
    }
    return new Unreadable(line);
  }

  /** What is nested too deeply is not read. */
  #within(read: () => PhpValue | undefined): PhpValue | undefined {
    if (this.#depth >= DEEPEST) return undefined;
    this.#depth++;
    const value = read();
    this.#depth--;
    return value;
  }

  #isAtEnd(): boolean {
    return ENDS.has(this.#tokens[this.#position]?.text ?? ";");
  }

  #next(value: PhpValue | undefined): PhpValue | undefined {
    this.#position++;
    return value;
  }

  #take(sign: string): boolean {
    if (this.#tokens[this.#position]?.text !== sign) return false;
    this.#position++;
    return true;
  }
}

/** Far beyond any configuration, and far from the end of the stack. */
const DEEPEST = 100;

const ENDS: ReadonlySet<string> = new Set([",", "]", ")", ";", "=>"]);

const CONSTANTS: Readonly<Record<string, PhpValue>> = { true: true, false: false, null: null };

const CASTS: Readonly<Record<string, (value: PhpValue) => PhpValue>> = {
  int: (value) => Math.trunc(Number(value) || 0),
  integer: (value) => Math.trunc(Number(value) || 0),
  float: (value) => Number(value) || 0,
  bool: (value) => Boolean(value) && value !== "0",
  boolean: (value) => Boolean(value) && value !== "0",
  string: (value) => (value === null || value === false ? "" : String(value)),
};

/** @returns undefined for text with a variable in it, which nobody knows here. */
function literal(token: string): PhpValue | undefined {
  const text = token.slice(1, -1);
  if (token.startsWith("'")) return text.replace(/\\(['\\])/g, "$1");
  if (/(?<!\\)[${]/.test(text)) return undefined;
  return text.replace(/\\([nrt"\\$])/g, (_, character: string) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function equal(left: PhpValue, right: PhpValue | undefined): PhpValue | undefined {
  if (right === undefined || left instanceof Unreadable || right instanceof Unreadable) return undefined;
  return left === right;
}

/** As Laravel's `env()` reads a variable. */
function readVariable(value: string | undefined, standard: PhpValue): PhpValue {
  if (value === undefined) return standard;
  const word = value.toLowerCase().replace(/^\((.*)\)$/, "$1");
  if (word === "empty") return "";
  return Object.hasOwn(CONSTANTS, word) ? (CONSTANTS[word] ?? null) : value;
}
