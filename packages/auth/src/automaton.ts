import type { Shape } from "./shape.ts";

/**
 * Every way to read a pattern, one character at a time (Glushkov's construction: a state is a place in the pattern, and
 * state 0 is before its first character).
 */
export interface Automaton {
  /** By state: the characters that lead into it. */
  readonly characters: readonly string[];
  /** By state: where the next character may lead. */
  readonly next: readonly (readonly number[])[];
  readonly accepting: ReadonlySet<number>;
}

export function toAutomaton(shape: Shape): Automaton {
  const characters = [""];
  const next: Set<number>[] = [new Set()];

  const build = (part: Shape): Fragment => {
    switch (part.kind) {
      case "character": {
        const state = characters.push(part.of) - 1;
        next.push(new Set());
        return { isOptional: false, first: [state], last: [state] };
      }
      case "sequence":
        return part.parts.map(build).reduce(join, EMPTY);
      case "choice": {
        const ways = part.of.map(build);
        return {
          isOptional: ways.some((way) => way.isOptional),
          first: ways.flatMap((way) => way.first),
          last: ways.flatMap((way) => way.last),
        };
      }
      case "repeat": {
        const once = build(part.shape);
        connect(once.last, once.first);
        return once;
      }
    }
  };
  const join = (left: Fragment, right: Fragment): Fragment => {
    connect(left.last, right.first);
    return {
      isOptional: left.isOptional && right.isOptional,
      first: left.isOptional ? [...left.first, ...right.first] : left.first,
      last: right.isOptional ? [...left.last, ...right.last] : right.last,
    };
  };
  const connect = (from: readonly number[], to: readonly number[]): void => {
    for (const state of from) for (const target of to) next[state]?.add(target);
  };

  const whole = build(shape);
  connect([0], whole.first);
  return {
    characters,
    next: next.map((states) => [...states]),
    accepting: new Set(whole.isOptional ? [0, ...whole.last] : whole.last),
  };
}

/** A shortest text that both accept. */
export function commonText(a: Automaton, b: Automaton): string | undefined {
  return search<readonly [number, number]>(
    [0, 0],
    ([p, q]) => `${p},${q}`,
    ([p, q], character) =>
      step(a, [p], character).flatMap((p2) => step(b, [q], character).map((q2) => [p2, q2] as const)),
    ([p, q]) => a.accepting.has(p) && b.accepting.has(q),
  );
}

/** A shortest text that can be read in two ways: two parameters that could share it out differently. */
export function ambiguousText(automaton: Automaton): string | undefined {
  return search<readonly [number, number, boolean]>(
    [0, 0, false],
    (reading) => reading.join(),
    ([p, q, differ], character) =>
      step(automaton, [p], character).flatMap((p2) =>
        step(automaton, [q], character).map((q2) => [p2, q2, differ || p2 !== q2] as const),
      ),
    ([p, q, differ]) => differ && automaton.accepting.has(p) && automaton.accepting.has(q),
  );
}

/** A shortest text that `automaton` accepts and none of the others does; undefined when they cover it together. */
export function textOutside(automaton: Automaton, others: readonly Automaton[]): string | undefined {
  return search<readonly [number, readonly (readonly number[])[]]>(
    [0, others.map(() => [0])],
    ([p, sets]) => `${p}:${sets.join("|")}`,
    ([p, sets], character) => {
      const targets = step(automaton, [p], character);
      if (targets.length === 0) return [];
      const after = others.map((other, index) => step(other, sets[index] ?? [], character));
      return targets.map((p2) => [p2, after] as const);
    },
    ([p, sets]) =>
      automaton.accepting.has(p) &&
      !others.some((other, index) => sets[index]?.some((state) => other.accepting.has(state))),
  );
}

interface Fragment {
  readonly isOptional: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

const EMPTY: Fragment = { isOptional: true, first: [], last: [] };

// Letters and digits first, so that the examples in messages look like names.
const ALPHABET = "a1bcdefghijklmnopqrstuvwxyz023456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_=@,.;";

/** All channel names are made of these. */
export const CHANNEL_CHARACTERS = ALPHABET;

function step(automaton: Automaton, from: readonly number[], character: string): number[] {
  const reached = new Set<number>();
  for (const state of from) {
    for (const target of automaton.next[state] ?? []) {
      if (automaton.characters[target]?.includes(character)) reached.add(target);
    }
  }
  return [...reached].sort((x, y) => x - y);
}

/** Breadth first, so that the text found is a shortest one. */
function search<State>(
  start: State,
  nameOf: (state: State) => string,
  follow: (state: State, character: string) => readonly State[],
  isFound: (state: State) => boolean,
): string | undefined {
  const seen = new Set([nameOf(start)]);
  let frontier: readonly { readonly state: State; readonly text: string }[] = [{ state: start, text: "" }];
  while (frontier.length > 0) {
    const reached: { readonly state: State; readonly text: string }[] = [];
    for (const { state, text } of frontier) {
      if (isFound(state)) return text;
      for (const character of ALPHABET) {
        for (const target of follow(state, character)) {
          const name = nameOf(target);
          if (seen.has(name)) continue;
          seen.add(name);
          reached.push({ state: target, text: text + character });
        }
      }
    }
    frontier = reached;
  }
  return undefined;
}
