/**
 * What a parameter may look like, as a small tree. Both what matches names (a regular expression) and what compares
 * rules with each other (an automaton) are made from it, so the two cannot disagree.
 */
export type Shape =
  | { readonly kind: "character"; readonly of: string }
  | { readonly kind: "sequence"; readonly parts: readonly Shape[] }
  | { readonly kind: "choice"; readonly of: readonly Shape[] }
  /** Once or more often. */
  | { readonly kind: "repeat"; readonly shape: Shape };

/** The source of a regular expression that matches the shape and captures nothing. */
export function toRegExpSource(shape: Shape): string {
  switch (shape.kind) {
    case "character":
      return `[${shape.of.replace(/[\]\\^-]/g, "\\$&")}]`;
    case "sequence":
      return shape.parts.map(toRegExpSource).join("");
    case "choice":
      return `(?:${shape.of.map(toRegExpSource).join("|")})`;
    case "repeat":
      return `(?:${toRegExpSource(shape.shape)})+`;
  }
}

/** One of these characters. */
export function character(of: string): Shape {
  return { kind: "character", of };
}

export function sequence(...parts: readonly Shape[]): Shape {
  return { kind: "sequence", parts };
}

export function choice(...of: readonly Shape[]): Shape {
  return { kind: "choice", of };
}

export function repeat(shape: Shape): Shape {
  return { kind: "repeat", shape };
}

export function optional(shape: Shape): Shape {
  return choice(shape, sequence());
}

/** This text and no other. */
export function literal(text: string): Shape {
  return sequence(...[...text].map(character));
}

/** The shape `count` times in a row. */
export function times(count: number, shape: Shape): Shape {
  return sequence(...Array.from({ length: count }, () => shape));
}
