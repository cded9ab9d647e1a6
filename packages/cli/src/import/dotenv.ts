/** The variables of one or more env files. */
export type Variables = Readonly<Record<string, string>>;

/**
 * Reads an env file as the dotenv libraries of Node and PHP do: quotes, comments, `export`, and `${NAME}` for what stands
 * above it or in `known`. A `${NAME}` that nobody gave stays as it is.
 */
export function parseDotenv(text: string, known: Variables = {}): Variables {
  const variables: Record<string, string> = { ...known };
  for (const [, name = "", written = ""] of text.replace(/^\uFEFF/, "").matchAll(ASSIGNMENT)) {
    variables[name] = readValue(written.trim(), variables);
  }
  return variables;
}

/** A variable that a value refers to and that no file gave; such a value is not what the server saw. */
export function unresolvedName(value: string): string | undefined {
  return REFERENCE.exec(value)?.[1];
}

const ASSIGNMENT =
  /^[^\S\n]*(?:export[^\S\n]+)?([\w.]+)[^\S\n]*=[^\S\n]*('(?:\\'|[^'])*'|"(?:\\.|[^"\\])*"|[^#\n]*)[^\n]*$/gm;

const REFERENCE = /\$\{([A-Za-z_]\w*)\}/;

function readValue(written: string, variables: Variables): string {
  if (/^'.*'$/s.test(written)) return written.slice(1, -1);
  const isQuoted = /^".*"$/s.test(written);
  const text = isQuoted ? resolveEscapes(written.slice(1, -1)) : written;
  return text.replace(new RegExp(REFERENCE, "g"), (reference, name: string) => variables[name] ?? reference);
}

function resolveEscapes(text: string): string {
  return text.replace(/\\(.)/gs, (sequence, character: string) => ESCAPES[character] ?? sequence);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
  "\\": "\\",
  $: "$",
};
