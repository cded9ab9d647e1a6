/** The same JSON value, written as another serialiser would. */
export interface Spelling {
  readonly how: string;
  readonly text: string;
}

/**
 * How else the serialisers of the languages in use write this JSON, without the text itself. Empty for text that is no
 * object, is too long to be worth the work, or nests too deep.
 */
export function jsonSpellings(text: string): readonly Spelling[] {
  if (text.length > LONGEST || depthOf(text) > DEEPEST) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof value !== "object" || value === null) return [];
  const seen = new Set([text]);
  const spellings: Spelling[] = [];
  for (const { how, ...style } of STYLES) {
    const spelled = print(value, { ...PLAIN, ...style });
    if (seen.has(spelled)) continue;
    seen.add(spelled);
    spellings.push({ how, text: spelled });
  }
  return spellings;
}

const LONGEST = 65_536;
const DEEPEST = 64;

interface Style {
  readonly comma: string;
  readonly colon: string;
  readonly escape: (text: string) => string;
  readonly order: (names: readonly string[], depth: number) => readonly string[];
  readonly emptyObject: string;
  readonly emptyList: string;
  readonly indent: string;
}

const asGiven = (names: readonly string[]): readonly string[] => names;
const sorted = (names: readonly string[]): readonly string[] => names.toSorted();
/** The outermost alone: what is put together in another order is seldom what is inside. */
const reversed = (names: readonly string[], depth: number): readonly string[] =>
  depth === 1 ? names.toReversed() : names;
const same = (text: string): string => text;
const slashes = (text: string): string => text.replaceAll("/", "\\/");
const ascii = (text: string): string => text.replace(/[\u0080-\uffff]/g, unicodeEscape);
const html = (text: string): string => text.replace(/[<>&\u2028\u2029]/g, unicodeEscape);

const PLAIN: Style = {
  comma: ",",
  colon: ":",
  escape: same,
  order: asGiven,
  emptyObject: "{}",
  emptyList: "[]",
  indent: "",
};

const SPACED = { comma: ", ", colon: ": " };

/** The defaults of the languages first, then what settings and frameworks make of them. */
const STYLES: readonly (Partial<Style> & { readonly how: string })[] = [
  { how: "without spaces" },
  { how: "with spaces after commas and colons", ...SPACED },
  {
    how: "with spaces after commas and colons, and \\u escapes, as Python writes it",
    ...SPACED,
    escape: ascii,
  },
  {
    how: "with escaped slashes and \\u escapes, as PHP writes it",
    escape: (text) => slashes(ascii(text)),
  },
  { how: "with escaped slashes", escape: slashes },
  { how: "with \\u escapes for other than ASCII", escape: ascii },
  { how: "with the keys sorted", order: sorted },
  { how: "with the keys in reverse order", order: reversed },
  { how: "with escapes for <, > and &, as Go writes it", escape: html },
  {
    how: "with [] for {}, as PHP writes empty arrays",
    emptyObject: "[]",
    escape: (text) => slashes(ascii(text)),
  },
  { how: "with [] for {}", emptyObject: "[]" },
  { how: "with {} for []", emptyList: "{}" },
  { how: "with the keys sorted and spaces after commas and colons", ...SPACED, order: sorted },
  {
    how: "with the keys in reverse order and spaces after commas and colons",
    ...SPACED,
    order: reversed,
  },
  { how: "with the keys sorted and escapes for <, > and &, as Go writes a map", order: sorted, escape: html },
  { how: "indented by two spaces", indent: "  ", colon: ": " },
  { how: "indented by four spaces", indent: "    ", colon: ": " },
];

function print(value: unknown, style: Style, depth = 1): string {
  if (typeof value === "string") return style.escape(JSON.stringify(value));
  if (typeof value !== "object" || value === null) return String(JSON.stringify(value));
  if (Array.isArray(value)) {
    if (value.length === 0) return style.emptyList;
    return enclose(
      "[",
      value.map((element) => print(element, style, depth + 1)),
      "]",
      style,
      depth,
    );
  }
  const names = style.order(Object.keys(value), depth);
  if (names.length === 0) return style.emptyObject;
  const members = names.map((name) => {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    return style.escape(JSON.stringify(name)) + style.colon + print(member, style, depth + 1);
  });
  return enclose("{", members, "}", style, depth);
}

function enclose(open: string, parts: readonly string[], close: string, style: Style, depth: number): string {
  const { comma, indent } = style;
  if (indent === "") return open + parts.join(comma) + close;
  const inner = `\n${indent.repeat(depth)}`;
  return `${open}${inner}${parts.join(`,${inner}`)}\n${indent.repeat(depth - 1)}${close}`;
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Counts brackets in strings too, which only makes it more careful. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length && deepest <= DEEPEST; at++) {
    const unit = text[at];
    if (unit === "{" || unit === "[") deepest = Math.max(deepest, ++depth);
    else if (unit === "}" || unit === "]") depth--;
  }
  return deepest;
}
