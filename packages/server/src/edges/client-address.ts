import { isIP } from "node:net";

/**
 * The IP address in the last entry of `X-Forwarded-For`: the one that the proxy before this server has written itself. Those
 * before it are what the client claims. `null` where that is no address; a port is left out.
 */
export function forwardedAddress(header: string | null): string | null {
  if (header === null) return null;
  const entry = header.slice(header.lastIndexOf(",") + 1).trim();
  return parseAddress(entry) ?? parseAddress(withoutPort(entry));
}

/** An IP address in its usual form, `null` for anything else. An IPv4 address in the clothes of IPv6 becomes one again. */
export function parseAddress(text: string): string | null {
  if (text.length > LONGEST_ADDRESS) return null;
  const address = text.toLowerCase().startsWith(MAPPED_IPV4) ? text.slice(MAPPED_IPV4.length) : text;
  // With its zone, an IPv6 address would be as long as its writer likes.
  return isIP(address) !== 0 && !address.includes("%") ? address : null;
}

/** `[2001:db8::1]:443` and `192.0.2.1:443` are what some proxies write. */
function withoutPort(entry: string): string {
  return BRACKETED.exec(entry)?.[1] ?? DOTTED_WITH_PORT.exec(entry)?.[1] ?? "";
}

const LONGEST_ADDRESS = 45;
const MAPPED_IPV4 = "::ffff:";
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;
const DOTTED_WITH_PORT = /^([\d.]+):\d{1,5}$/;
