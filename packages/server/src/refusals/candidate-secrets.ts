import type { CandidateSecret } from "@usher/protocol/explain";
import type { StoredApp } from "../store/app-store.ts";

const MOST = 10_000;

/**
 * Every secret that a refused signature may have been made with, as the directory knows them: no store is asked on behalf
 * of a request that nobody has vouched for. Built once for each list of apps.
 */
export function candidateSecrets(apps: () => readonly StoredApp[]): () => readonly CandidateSecret[] {
  let builtFrom: readonly StoredApp[] | undefined;
  let built: readonly CandidateSecret[] = [];
  return () => {
    const current = apps();
    if (current === builtFrom) return built;
    builtFrom = current;
    built = current
      .flatMap(({ id: appId, secrets }) =>
        secrets.map(({ id, key, value, state }) => ({ appId, key, id, value, slot: state })),
      )
      .slice(0, MOST);
    return built;
  };
}
