import { lookup } from "node:dns/promises";

const KEPT_MS = 5_000;
const MOST_KEPT = 1_000;

/** Resolves names as the system does, hosts file included, and remembers answers for a few seconds. */
export function systemResolver(now: () => number): (hostName: string) => Promise<readonly string[]> {
  const known = new Map<
    string,
    { readonly addresses: Promise<readonly string[]>; readonly untilMs: number }
  >();
  return (hostName) => {
    const nowMs = now();
    const kept = known.get(hostName);
    if (kept && kept.untilMs > nowMs) return kept.addresses;
    const addresses = addressesOf(hostName);
    if (known.size >= MOST_KEPT) known.clear();
    known.set(hostName, { addresses, untilMs: nowMs + KEPT_MS });
    addresses.catch(() => known.delete(hostName));
    return addresses;
  };
}

async function addressesOf(hostName: string): Promise<readonly string[]> {
  const answers = await lookup(hostName, { all: true });
  return answers.map(({ address }) => address);
}
