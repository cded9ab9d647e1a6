import { type ChannelTraits, channelTraits } from "@usher/protocol";
import { type Automaton, ambiguousText, CHANNEL_CHARACTERS, toAutomaton } from "./automaton.ts";
import type { ResolvedType } from "./parameter-type.ts";
import { literal, type Shape, sequence } from "./shape.ts";

/** Which channels a rule is for. Made by `compilePattern`. */
export interface Pattern {
  readonly text: string;
  readonly traits: ChannelTraits;
  readonly parameterNames: readonly string[];
  readonly automaton: Automaton;
  /** The parameters of a channel that the pattern describes as a whole; undefined for every other channel. */
  match(channel: string): Params | undefined;
  /** The parameters' texts of a channel that fits but for their types, to explain why no rule was found. */
  resemble(channel: string): Readonly<Record<string, string>> | undefined;
}

export type Params = Readonly<Record<string, unknown>>;

/** @throws TypeError for a pattern that cannot be, or that could read one channel in two ways. */
export function compilePattern(text: string, types: ReadonlyMap<string, ResolvedType>): Pattern {
  const pieces = parsePieces(text, types);
  const traits = channelTraits(text.split("{", 1)[0] ?? "");
  if (!traits.isPresence && traits.access !== "private") {
    throw new TypeError(`${text}: a pattern begins with private- or presence-; other channels need no rule`);
  }
  const forms = pieces.map((piece, index) => formOf(piece, pieces[index + 1]));
  const automaton = toAutomaton(sequence(...forms.map(({ shape }) => shape)));
  const ambiguous = ambiguousText(automaton);
  if (ambiguous !== undefined) {
    throw new TypeError(
      `${text}: ${ambiguous} can be read in two ways; put something between the parameters that the first cannot have`,
    );
  }

  const expression = new RegExp(`^${forms.map(({ source }) => source).join("")}$`);
  const loose = new RegExp(`^${pieces.map(looseSource).join("")}$`);
  const parameters = pieces.filter((piece) => piece.kind === "parameter");
  return {
    text,
    traits,
    automaton,
    parameterNames: parameters.map(({ name }) => name),
    match(channel) {
      if (!haveSameKind(channelTraits(channel), traits)) return undefined;
      const found = expression.exec(channel);
      if (found === null) return undefined;
      const { groups = {} } = found;
      const values = parameters.map(({ name, type }) => [name, type.parse(groups[name] ?? "")] as const);
      return values.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(values);
    },
    resemble(channel) {
      return loose.exec(channel)?.groups;
    },
  };
}

/** A rule for `private-` channels is none for `private-encrypted-` or `private-cache-` ones. */
export function haveSameKind(a: ChannelTraits, b: ChannelTraits): boolean {
  return a.access === b.access && a.isCache === b.isCache && a.isEncrypted === b.isEncrypted;
}

type Piece =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string; readonly type: ResolvedType };

function parsePieces(text: string, types: ReadonlyMap<string, ResolvedType>): readonly Piece[] {
  const names = new Set<string>();
  return text
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== "")
    .map((part): Piece => {
      if (!part.startsWith("{")) return { kind: "literal", text: checkLiteral(part, text) };
      const [, name, typeName = "string"] = /^\{([A-Za-z_]\w*)(?::(\w+))?\}$/.exec(part) ?? [];
      if (name === undefined) throw new TypeError(`${text}: a parameter looks like {name} or {name:type}`);
      const type = types.get(typeName);
      if (type === undefined) throw new TypeError(`${text}: no parameter type is named ${typeName}`);
      if (names.has(name)) throw new TypeError(`${text}: two parameters are named ${name}`);
      names.add(name);
      return { kind: "parameter", name, type };
    });
}

function checkLiteral(part: string, text: string): string {
  for (const character of part) {
    if (!CHANNEL_CHARACTERS.includes(character)) {
      throw new TypeError(`${text}: no channel has the character "${character}" in its name`);
    }
  }
  return part;
}

function formOf(
  piece: Piece,
  following: Piece | undefined,
): { readonly shape: Shape; readonly source: string } {
  if (piece.kind === "literal") return { shape: literal(piece.text), source: escapeDots(piece.text) };
  const next = following?.kind === "literal" ? following.text[0] : undefined;
  const { shape, source } = piece.type.form(next);
  return { shape, source: `(?<${piece.name}>${source})` };
}

function looseSource(piece: Piece): string {
  return piece.kind === "literal" ? escapeDots(piece.text) : `(?<${piece.name}>.+)`;
}

/** What has a meaning in a regular expression, of the characters that channels may have. */
function escapeDots(text: string): string {
  return text.replaceAll(".", "\\.");
}
