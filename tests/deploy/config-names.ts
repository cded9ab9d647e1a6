import {
  type ConfigKey,
  configKeys,
  specOf,
  variablesOf,
} from "../../packages/server/src/config/config-keys.ts";
import type { ConfigProblem } from "../../packages/server/src/config/config-problem.ts";
import { loadConfig } from "../../packages/server/src/config/load-config.ts";
import type { ServerConfig } from "../../packages/server/src/config/server-config.ts";

/** Every variable that the server's configuration is read from. */
export const CONFIG_VARIABLES: ReadonlySet<string> = new Set(
  configKeys().flatMap((key: ConfigKey) =>
    variablesOf(key).flatMap((name) => (specOf(key).fromFile ? [name, `${name}_FILE`] : [name])),
  ),
);

/** The configuration that a server gets from these variables; throws with what is wrong with it. */
export function configFrom(
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): ServerConfig {
  const unknown = Object.keys(env).filter((name) => name.startsWith("USHER_") && !CONFIG_VARIABLES.has(name));
  if (unknown.length > 0) throw new Error(`no key has the variables ${unknown.join(", ")}`);
  const loaded = loadConfig({
    flags: {},
    env,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`there is no ${path}`);
      return text;
    },
    isTerminal: false,
  });
  if (loaded.ok) return loaded.value.config;
  throw new Error(loaded.error.map((problem: ConfigProblem) => JSON.stringify(problem)).join("\n"));
}
