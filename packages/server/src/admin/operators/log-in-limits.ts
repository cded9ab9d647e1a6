import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { AdminError } from "../admin-errors.ts";

const WINDOW_SECONDS = 15 * 60;
/** Failed attempts in that time: from one address, and for one account from wherever. */
const PER_ADDRESS = 30;
const PER_ACCOUNT = 10;

/**
 * Bounds how often passwords and one-time links can be tried. Every node counts for itself, and a restart forgets: the
 * bound is there against guessing, which needs many thousands.
 */
export class LogInLimits {
  readonly #addresses = new RateLimiterMemory({ points: PER_ADDRESS, duration: WINDOW_SECONDS });
  readonly #accounts = new RateLimiterMemory({ points: PER_ACCOUNT, duration: WINDOW_SECONDS });

  /**
   * Runs an attempt. It counts from its start, so that many at the same time cannot slip through, and no more once it
   * has succeeded.
   *
   * @param account whose attempt it is, such as an e-mail address; `null` where it is for none, as with a link.
   * @throws AdminError `too_many_attempts` without running it.
   */
  async attempt<T>(address: string | null, account: string | null, run: () => Promise<T>): Promise<T> {
    const network = networkOf(address ?? "unknown");
    await consume(this.#addresses, network);
    if (account !== null) await consume(this.#accounts, account);
    const result = await run();
    await this.#addresses.reward(network);
    if (account !== null) await this.#accounts.delete(account);
    return result;
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw new AdminError("too_many_attempts", { headers: { "retry-after": String(seconds) } });
  }
}

/** A single customer has a whole /64 of IPv6 addresses, so that is what counts as one. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  if (address.startsWith("::ffff:") && address.includes(".")) return address.slice("::ffff:".length);
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter(Boolean);
  const rest = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => "0");
  return [...groups, ...zeros, ...rest].slice(0, 4).join(":");
}
