/**
 * The exact text of one member of a JSON object, such as `data` of a client event. Forwarding the slice instead of
 * parsing and printing it again keeps big integers and spelling as the sender wrote them.
 *
 * @param text JSON that is known to parse as an object; anything else gives an undefined or meaningless slice.
 * @returns the last member of that name, as JSON.parse would pick it, or undefined.
 */
export function rawMember(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = skipSpace(text, text.indexOf("{") + 1);
  while (at < text.length && text[at] !== "}") {
    const keyEnd = endOfString(text, at);
    const key = text.slice(at, keyEnd);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    if (isKey(key, name)) found = text.slice(valueStart, valueEnd);
    at = skipSpace(text, valueEnd);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return found;
}

function isKey(quoted: string, name: string): boolean {
  if (!quoted.includes("\\")) return quoted.length === name.length + 2 && quoted.slice(1, -1) === name;
  return JSON.parse(quoted) === name;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first === "{" || first === "[") return endOfContainer(text, start);
  let at = start;
  while (at < text.length && !isDelimiter(text.charCodeAt(at))) at++;
  return at;
}

function endOfContainer(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    at++;
    if (character === "{" || character === "[") depth++;
    if ((character === "}" || character === "]") && --depth === 0) return at;
  }
  return at;
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isDelimiter(code: number): boolean {
  return code === 0x2c || code === 0x7d || code === 0x5d || isSpace(code);
}
