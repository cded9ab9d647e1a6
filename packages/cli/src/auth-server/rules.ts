import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Channels, defineChannels, type Rules, signedInIsEnough } from "@usher/auth";
import { isJsonObject } from "@usher/protocol";
import { usageError } from "../cli-error.ts";

/** Looks up who asks. Undefined when nobody is signed in. */
export type FindUser = (request: Request, parameters: URLSearchParams) => unknown;

/** What a module of rules exports, as `channels` and, where it knows who asks, `user`. */
export interface LoadedRules {
  readonly channels: Rules<unknown>;
  readonly user: FindUser | undefined;
}

/** @param path of a module, from the working directory. */
export async function loadRules(path: string): Promise<LoadedRules> {
  const file = resolve(path);
  const { channels, user } = await importModule(file);
  if (!isRules(channels)) {
    throw usageError(
      `${path} exports no channels`,
      'Write `export const channels = defineChannels().channel("private-{name}", rule)` with @usher/auth.',
    );
  }
  if (user === undefined || typeof user === "function")
    return { channels, user: user as FindUser | undefined };
  throw usageError(
    `user in ${path} is not a function`,
    "Export a function that gets the request, or nothing.",
  );
}

/**
 * Rules that let everybody into every channel.
 *
 * @param idOf gives the id that a connection has on presence channels and when it signs in.
 */
export function allowAll(
  idOf: (socketId: string) => string,
  { isEncrypted }: { readonly isEncrypted: boolean },
): Rules<unknown> {
  const member = (_: unknown, { socketId }: { readonly socketId: string }) => {
    const id = idOf(socketId);
    return { id, info: { name: id } };
  };
  const rules: Channels<unknown> = defineChannels<unknown>()
    .channel("private-{name:any}", signedInIsEnough())
    .channel("private-cache-{name:any}", signedInIsEnough())
    .channel("presence-{name:any}", member)
    .channel("presence-cache-{name:any}", member)
    .user((_, { socketId }) => {
      const id = idOf(socketId);
      return { id, info: { name: id } };
    });
  if (!isEncrypted) return rules;
  return rules
    .channel("private-encrypted-{name:any}", signedInIsEnough())
    .channel("private-encrypted-cache-{name:any}", signedInIsEnough());
}

/** The same rules, but nobody may join the channels of these patterns, in which `*` stands for anything. */
export function denying(rules: Rules<unknown>, patterns: readonly string[]): Rules<unknown> {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split("*").map(escapeText).join(".*")}$`, "s"),
  );
  return {
    rules: rules.rules,
    decideUser: (user, asked) => rules.decideUser(user, asked),
    explain: (channel, user, asked) => rules.explain(channel, user, asked),
    async decide(channel, user, asked) {
      const decision = await rules.decide(channel, user, asked);
      if (!decision.allowed) return decision;
      const denied = patterns.find((_, index) => expressions[index]?.test(channel));
      return denied === undefined ? decision : { allowed: false, reason: "rule", rule: denied };
    },
  };
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`the rules in ${file} cannot be loaded: ${reason}`, "Check the path and the module.");
  }
}

function isRules(value: unknown): value is Rules<unknown> {
  return (
    isJsonObject(value) &&
    Array.isArray(value.rules) &&
    typeof value.decide === "function" &&
    typeof value.decideUser === "function"
  );
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
