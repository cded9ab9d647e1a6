import { configKeys, specOf, variablesOf } from "./config-keys.ts";
import { nearestName } from "./nearest-name.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ForeignCredentials {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
  /** Such as `PUSHER_APP`, to which `_ID`, `_KEY` and `_SECRET` were added. */
  readonly prefix: string;
}

/** The first app as variables of Pusher's libraries, Reverb or Soketi name it; the first complete set counts. */
export function foreignCredentials(env: Environment): ForeignCredentials | undefined {
  for (const prefix of ["PUSHER_APP", "REVERB_APP", "SOKETI_DEFAULT_APP"]) {
    const [id, key, secret] = [env[`${prefix}_ID`], env[`${prefix}_KEY`], env[`${prefix}_SECRET`]];
    if (id && key && secret) return { id, key, secret, prefix };
  }
  return undefined;
}

/**
 * Notices about variables that look like a mistyped setting. Only near misses are named: a machine may carry other
 * variables that begin with USHER_, such as those Kubernetes derives from a service called usher.
 */
export function misspeltVariables(env: Environment): string[] {
  const known = configKeys().flatMap((key) => [
    ...variablesOf(key),
    ...(specOf(key).fromFile ? [`${variablesOf(key)[0]}_FILE`] : []),
  ]);
  const ours = [...known, "USHER_CONFIG", "USHER_URL"];
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith("USHER_") || ours.includes(name) || !env[name]) return [];
    const meant = nearestSetting(name, ours);
    return meant ? [`${name} is not a setting; did you mean ${meant}?`] : [];
  });
}

/** Compared without the common start, which would make any two of them look alike. */
function nearestSetting(name: string, known: readonly string[]): string | undefined {
  const bare = known.filter((each) => each.startsWith("USHER_")).map((each) => each.slice("USHER_".length));
  const meant = nearestName(name.slice("USHER_".length), bare);
  return meant && `USHER_${meant}`;
}
