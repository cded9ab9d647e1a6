/** The parts that a program for an app's own server is told in. */
export type SectionName = "client" | "private" | "presence" | "user" | "endpoint" | "trigger" | "run";

const MARK = /^§ (\w+)\n/m;

/** A program's parts, which are marked with a line `§ name` in front of each. */
export function sectionsOf(text: string): ReadonlyMap<SectionName, string> {
  const [, ...pieces] = text.split(MARK);
  const sections = new Map<SectionName, string>();
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    sections.set(pieces[index] as SectionName, pieces[index + 1] ?? "");
  }
  return sections;
}

/** The program as a whole, without the marks. */
export function wholeProgram(text: string): string {
  return [...sectionsOf(text).values()].map((section) => section.trimEnd()).join("\n\n");
}
