/** A callback's name as the page sent it. */
export type Callback = string & { readonly [brand]: "Callback" };
declare const brand: unique symbol;

/**
 * Checks the name of a JSONP callback, which is going to be run as code in the page.
 *
 * An identifier, then any number of `.identifier`, `[digits]`, `['word']` and `["word"]`. The brackets are no luxury:
 * pusher-js sends `Pusher.auth_callbacks['1']`.
 *
 * @param name with its percent signs decoded, once.
 */
export function parseCallback(name: string): Callback | undefined {
  if (name.length > LONGEST_CALLBACK || !GRAMMAR.test(name)) return undefined;
  const words = name.match(/[A-Za-z_$][\w$]*/g) ?? [];
  return words.some((word) => RESERVED.has(word)) ? undefined : (name as Callback);
}

/** The script that hands an answer to the page. */
export function jsonpBody(callback: Callback, answer: unknown): string {
  // The comment keeps the body from being read as anything that begins with the callback's name, such as a Flash file.
  // Line separators end a line in old engines' strings, and < could end the script element it is pasted into.
  const json = JSON.stringify(answer).replace(/[<\u2028\u2029]/g, escapeUnit);
  return `/**/${callback}(${json});`;
}

const LONGEST_CALLBACK = 128;

// Without the m flag `$` is the end of input alone.
const GRAMMAR = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*|\[\d+\]|\['\w+'\]|\["\w+"\])*$/;

const RESERVED: ReadonlySet<string> = new Set(
  [
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends",
    "false finally for function if implements import in instanceof interface let new null package private protected",
    "public return static super switch this throw true try typeof undefined var void while with yield",
  ].flatMap((line) => line.split(" ")),
);

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
