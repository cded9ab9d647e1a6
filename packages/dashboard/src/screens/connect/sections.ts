/** The parts that a program for an app's own server is told in. */
export type SectionName =
  | "imports"
  | "client"
  | "private"
  | "presence"
  | "user"
  | "endpoint"
  | "trigger"
  | "run";

const MARK = /^§ (\w+)\n/m;

/** A program's parts, which are marked with a line `§ name` in front of each. */
function sectionsOf(text: string): ReadonlyMap<SectionName, string> {
  const [, ...pieces] = text.split(MARK);
  const sections = new Map<SectionName, string>();
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    sections.set(pieces[index] as SectionName, pieces[index + 1] ?? "");
  }
  return sections;
}

/** One part by itself, at the left margin. Empty where the program has none of that name. */
export function sectionOf(text: string, name: SectionName): string {
  const lines = (sectionsOf(text).get(name) ?? "").split("\n");
  const written = lines.filter((line) => line.trim() !== "");
  const margin = Math.min(...written.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(Number.isFinite(margin) ? margin : 0)).join("\n");
}

/** The program as a whole, without the marks. */
export function wholeProgram(text: string): string {
  return [...sectionsOf(text).values()].map((section) => section.trimEnd()).join("\n\n");
}
