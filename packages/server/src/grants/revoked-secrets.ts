import type { StoredApp, StoredSecret } from "../store/app-store.ts";

/**
 * The secrets whose signatures a change of their app undoes: those that were revoked in an emergency, and those whose key
 * was taken away. One that merely retired, or was never activated, undoes nothing: what it signed was rightly signed.
 */
export function revokedSecrets(before: StoredApp, after: StoredApp): string[] {
  const former = new Map(before.secrets.map((secret) => [secret.id, secret]));
  const revoked = after.secrets.filter(
    (secret) => isEmergency(secret) && !isEmergency(former.get(secret.id)),
  );
  const keys = new Set(after.secrets.map(({ key }) => key));
  const gone = before.secrets.filter(({ key, state }) => state !== "revoked" && !keys.has(key));
  return [...revoked, ...gone].map(({ id }) => id);
}

function isEmergency(secret: StoredSecret | undefined): boolean {
  return secret?.state === "revoked" && secret.endsConnections;
}
