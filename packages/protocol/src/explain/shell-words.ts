/** The words of a command as a POSIX shell splits them: quotes, backslashes and continued lines; no expansions. */
export function shellWords(command: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of command.matchAll(WORD)) {
    if (/^\\\r?\n$/.test(word)) continue;
    words.push(word.replace(PART, unquoted));
  }
  return words;
}

const PART = /'([^']*)'|\$'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"|\\(\r?\n|[\s\S])|[^\s'"\\$]+|\$/g;
const WORD = /(?:'[^']*'|\$'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|\\(?:\r?\n|[\s\S])|[^\s'"\\])+/g;

function unquoted(
  part: string,
  single: string | undefined,
  ansi: string | undefined,
  double: string | undefined,
  escaped: string | undefined,
): string {
  if (single !== undefined) return single;
  if (ansi !== undefined) return ansi.replace(/\\([\s\S])/g, (_, unit: string) => ANSI[unit] ?? unit);
  if (double !== undefined)
    return double.replace(/\\(["\\$`\n])/g, (_, unit: string) => (unit === "\n" ? "" : unit));
  if (escaped !== undefined) return /^\r?\n$/.test(escaped) ? "" : escaped;
  return part;
}

const ANSI: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
