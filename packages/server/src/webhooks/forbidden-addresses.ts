import { BlockList, isIP } from "node:net";

/**
 * Is this an address that webhooks must not reach unless the operator allows private ones?
 *
 * Whoever may add an endpoint would otherwise have the server ask its own neighbours: databases, the metadata service of
 * the cloud it runs in, itself. Of IPv6 only what the internet routes is let through, less the ranges that carry an IPv4
 * address or lead nowhere.
 *
 * @param address in the form that a resolver gives.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export function isForbiddenAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return FORBIDDEN_IPV4.check(address, "ipv4");
    case 6:
      return !ROUTED_IPV6.check(address, "ipv6") || FORBIDDEN_IPV6.check(address, "ipv6");
    default:
      return true;
  }
}

const FORBIDDEN_IPV4 = subnets("ipv4", [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // Link-local, and the metadata service of most clouds.
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  // Azure's own services answer every machine there.
  ["168.63.129.16", 32],
]);

const ROUTED_IPV6 = subnets("ipv6", [["2000::", 3]]);

const FORBIDDEN_IPV6 = subnets("ipv6", [
  // 2001::/23 is for protocols, Teredo among them, which carries an IPv4 address.
  ["2001::", 23],
  ["2001:db8::", 32],
  // 6to4 carries an IPv4 address.
  ["2002::", 16],
  ["3fff::", 20],
]);

function subnets(family: "ipv4" | "ipv6", ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}
