import { isJsonObject } from "@usher/protocol";
import type { DefinedRule } from "./channels.ts";
import { isMeantForEverybody } from "./signed-in-is-enough.ts";

/**
 * Does a rule allow everybody who is signed in, whoever they are and whichever channel it is? True only when that is
 * certain: the rule allowed somebody without a look at its arguments.
 *
 * The rule is called with stand-ins that throw when they are looked at, which ends it before it does any work. Rules for
 * presence channels may read the user, for that is where the member's name comes from.
 */
export async function isSignedInEnough<User>({ pattern, decide }: DefinedRule<User>): Promise<boolean> {
  if (isMeantForEverybody(decide)) return false;
  if (!pattern.traits.isPresence) return (await answerTo(decide, untouchable())) === true;
  const answers = [await answerTo(decide, readable()), await answerTo(decide, empty())];
  return answers.every(isJsonObject);
}

type Decide<User> = DefinedRule<User>["decide"];

async function answerTo<User>(decide: Decide<User>, user: unknown): Promise<unknown> {
  const context = new Proxy(
    { user },
    {
      ...THROWING,
      get: (_target, property) => (property === "user" ? user : touched()),
    },
  );
  try {
    const answer = decide(untouchable() as never, context as never);
    return await Promise.race([answer, soon()]);
  } catch {
    return undefined; // It looked, or it needs more than a stand-in.
  }
}

/** Undefined after a few turns of the microtask queue: what takes longer does real work. */
async function soon(): Promise<undefined> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}

/** Throws at every look at it. */
function untouchable(): object {
  return new Proxy({}, { ...THROWING, get: touched });
}

/** Has every property, each as readable as itself, and is a text where one is wanted. Calling one throws. */
function readable(): object {
  const get = (_target: object, name: string | symbol): unknown => {
    if (name === Symbol.toPrimitive) return () => "stand-in";
    return typeof name === "symbol" ? touched() : readable();
  };
  return new Proxy({}, { ...THROWING, get });
}

/** Has no property, and says so: for rules that look whether the user has one. */
function empty(): object {
  return new Proxy(
    {},
    { ...THROWING, get: (_target, name) => (typeof name === "symbol" ? touched() : undefined) },
  );
}

function touched(): never {
  throw new Error("looked at");
}

const THROWING: ProxyHandler<object> = { has: touched, ownKeys: touched, getOwnPropertyDescriptor: touched };
