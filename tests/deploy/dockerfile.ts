import { readFileSync } from "node:fs";

export interface Instruction {
  readonly name: string;
  /** What follows the name, continued lines joined. */
  readonly text: string;
}

export interface Copy {
  /** The stage or image that it copies from; undefined for the build's own context. */
  readonly from: string | undefined;
  readonly flags: readonly string[];
  readonly sources: readonly string[];
  readonly target: string;
}

/** The instructions of a Dockerfile in order, without comments. */
export function readDockerfile(path: string): readonly Instruction[] {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [, name = "", text = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (!name) throw new Error(`not an instruction: ${line}`);
    return { name, text };
  });
}

/** The instructions of one stage, counted from 0. */
export function stage(instructions: readonly Instruction[], number: number): readonly Instruction[] {
  const starts = instructions.flatMap(({ name }, index) => (name === "FROM" ? [index] : []));
  return instructions.slice(starts[number], starts[number + 1]);
}

export function copiesOf(instructions: readonly Instruction[]): readonly Copy[] {
  return textsOf(instructions, "COPY").map((text) => {
    const words = text.split(/\s+/);
    const flags = words.filter((word) => word.startsWith("--"));
    const paths = words.filter((word) => !word.startsWith("--"));
    return {
      from: flags.find((flag) => flag.startsWith("--from="))?.slice("--from=".length),
      flags,
      sources: paths.slice(0, -1),
      target: paths.at(-1) ?? "",
    };
  });
}

export function textsOf(instructions: readonly Instruction[], name: string): readonly string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** Variables of `ENV name=value ...`, values without spaces. */
export function environmentOf(instructions: readonly Instruction[]): Record<string, string> {
  const pairs = textsOf(instructions, "ENV").flatMap((text) => text.split(/\s+/));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}
