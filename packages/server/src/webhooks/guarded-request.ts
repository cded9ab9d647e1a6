import { isIP } from "node:net";
import { isForbiddenAddress } from "./forbidden-addresses.ts";

export interface GuardOptions {
  /** For development: lets requests reach addresses that are not public. */
  readonly allowPrivate: boolean;
  /** All addresses of a host name. Rejects when there are none. */
  readonly resolve: (hostName: string) => Promise<readonly string[]>;
  /** A certificate authority besides the system's. */
  readonly ca?: string;
}

export interface GuardedInit {
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string | undefined;
  /** One time limit for everything, the name's resolution included. */
  readonly signal: AbortSignal;
}

/** The address is one that strangers must not have this server ask. */
export class AddressForbidden extends Error {}

export class HostNotFound extends Error {}

/**
 * Sends requests to addresses that strangers gave.
 *
 * The name is resolved here, its addresses are checked, and the connection goes to the very address that was checked: a
 * name that answers differently the next moment changes nothing. The certificate is checked against the name all the
 * same. No redirect is followed and nothing is decompressed. Rejects with `AddressForbidden`, `HostNotFound`, the
 * signal's reason, or what the connection failed with.
 */
export function guardedRequest({
  allowPrivate,
  resolve,
  ca,
}: GuardOptions): (url: URL, init: GuardedInit) => Promise<Response> {
  return async (url, { method, headers, body, signal }) => {
    const addresses = await beforeAbort(signal, addressesOf(url, resolve));
    const address = addresses.find((candidate) => allowPrivate || !isForbiddenAddress(candidate));
    if (address === undefined) throw new AddressForbidden(`${url.hostname} has no public address`);
    const target = new URL(url);
    target.hostname = isIP(address) === 6 ? `[${address}]` : address;
    const isNamed = isIP(hostNameOf(url)) === 0;
    const sent = new Headers(headers.map(([name, value]): [string, string] => [name, value]));
    // Compressed, a kilobyte of answer may stand for a gigabyte.
    sent.set("accept-encoding", "identity");
    sent.set("host", url.host);
    return await fetch(target, {
      method,
      ...(body !== undefined && { body }),
      headers: sent,
      redirect: "manual",
      decompress: false,
      signal,
      tls: { ...(isNamed ? { serverName: url.hostname } : {}), ...(ca === undefined ? {} : { ca }) },
    } satisfies BunFetchRequestInit);
  };
}

async function addressesOf(url: URL, resolve: GuardOptions["resolve"]): Promise<readonly string[]> {
  const name = hostNameOf(url);
  if (isIP(name)) return [name];
  try {
    return await resolve(name);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HostNotFound(`${name} does not resolve: ${reason}`, { cause });
  }
}

/** Without the brackets that an IPv6 address has in a URL. */
function hostNameOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/** A resolver cannot be told to stop; its answer is no longer waited for. */
function beforeAbort<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
