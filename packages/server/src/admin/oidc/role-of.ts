import type { AllowedAccounts } from "../../config/server-config.ts";
import type { Role } from "../principal.ts";

/**
 * The role that the configuration gives to an address; `null` when it may not log in. The address itself counts for more
 * than its domain.
 */
export function roleOf(email: string, allowed: readonly AllowedAccounts[]): Role | null {
  const address = email.toLowerCase();
  const domain = address.slice(address.lastIndexOf("@"));
  const rule =
    allowed.find(({ accounts }) => accounts === address) ??
    allowed.find(({ accounts }) => accounts === domain);
  return rule?.role ?? null;
}
