import fc from "fast-check";

/** Any string a program can hold, unpaired surrogates included. */
export function anyText(): fc.Arbitrary<string> {
  const unit = fc.integer({ min: 0, max: 0xffff });
  return fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.array(unit).map((units) => String.fromCharCode(...units)),
    // What has a meaning somewhere in the protocol, so that collisions get their chance.
    fc.array(fc.constantFrom(...MEANINGFUL)).map((parts) => parts.join("")),
  );
}

const MEANINGFUL = [
  ":",
  "::user::",
  "1.1",
  "private-a",
  "presence-a",
  '{"user_id":"1"}',
  "{",
  '"',
  "\\",
  "\n",
  "\ufeff",
  "\ufffd",
  "\ud800",
  "__proto__",
] as const;

export function socketIds(): fc.Arbitrary<string> {
  const number = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 1_000_000_000 }));
  return fc.tuple(number, number).map(([a, b]) => `${a}.${b}`);
}

export function channelNames(): fc.Arbitrary<string> {
  const prefix = fc.constantFrom(
    "",
    "cache-",
    "private-",
    "private-cache-",
    "private-encrypted-",
    "private-encrypted-cache-",
    "presence-",
    "presence-cache-",
  );
  const unit = fc.constantFrom(..."abcXYZ019_-=@,.;");
  return fc.tuple(prefix, fc.string({ unit, minLength: 1, maxLength: 40 })).map((parts) => parts.join(""));
}

/** Ids that a careless map would lose or reorder, among ordinary ones. */
export function userIds(): fc.Arbitrary<string> {
  const odd = fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "1",
    "10",
    "01",
    "-1",
    "1e3",
    '"',
    "\\",
    "ü",
  );
  return fc.oneof(
    odd,
    anyText().filter((text) => text !== ""),
  );
}

/** Whitespace as JSON allows it. */
function jsonSpace(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    fc.string({ unit: fc.constantFrom(" ", "\n", "\t", "\r"), maxLength: 3 }),
  );
}

/** A string as JSON text, with escapes where none are needed. */
export function jsonStrings(): fc.Arbitrary<string> {
  return fc.tuple(anyText(), fc.infiniteStream(fc.boolean())).map(([text, escapes]) => spell(text, escapes));
}

function spell(text: string, escapes: Iterator<boolean>): string {
  const spelled = text.split("").map((unit) => {
    if (escapes.next().value === true) return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return JSON.stringify(unit).slice(1, -1);
  });
  return `"${spelled.join("")}"`;
}

const NUMBERS = ["0", "-0", "1.50", "1e400", "-2E-3", "12345678901234567890123", "9007199254740993"] as const;

/** The text of any JSON value, written as no serialiser would: odd spaces, odd escapes, numbers no double can hold. */
export function jsonTexts(): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom("null", "true", "false", "{}", "[]", ...NUMBERS),
      jsonStrings(),
      fc.array(tie("value"), { maxLength: 3 }).map((values) => `[ ${values.join(" ,\n")}\t]`),
      bareJsonObjects(tie("value")).map(({ text }) => text),
    ),
  }));
  return value;
}

export interface JsonMember {
  readonly name: string;
  /** The value exactly as it stands in the text. */
  readonly slice: string;
}

export interface JsonObjectText {
  readonly text: string;
  /** In the order of the text; names may repeat. */
  readonly members: readonly JsonMember[];
}

/** The text of a JSON object together with what stands where in it. */
export function jsonObjects(): fc.Arbitrary<JsonObjectText> {
  return fc
    .tuple(bareJsonObjects(jsonTexts()), jsonSpace(), jsonSpace())
    .map(([{ text, members }, before, after]) => ({ text: before + text + after, members }));
}

function bareJsonObjects(values: fc.Arbitrary<string>): fc.Arbitrary<JsonObjectText> {
  const key = fc.oneof(jsonStrings(), fc.constantFrom('"data"', '"d\\u0061ta"', '"__proto__"', '""'));
  const spaces = fc.array(jsonSpace(), { minLength: 4, maxLength: 4 });
  return fc.array(fc.tuple(key, values, spaces), { maxLength: 5 }).map((members) => ({
    text: `{${members.map(([name, slice, [a, b, c, d]]) => [a, name, b, ":", c, slice, d].join("")).join(",")}}`,
    members: members.map(([name, slice]) => ({ name: String(JSON.parse(name)), slice })),
  }));
}
