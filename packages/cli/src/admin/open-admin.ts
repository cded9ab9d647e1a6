import { type LocalAccess, readLocalAccess, type ServerConfig } from "@usher/server/light";
import type { Cli } from "../cli.ts";
import { requireLocalConfig } from "../configuration.ts";
import { note } from "../print.ts";
import { withProgress } from "../progress.ts";
import { checkUrl, configuredUrl } from "../server-url.ts";
import { AdminClient } from "./admin-client.ts";
import { type AdminTransport, notLoggedIn, overHttp, overLoopback } from "./admin-transport.ts";
import { inProcess } from "./in-process.ts";
import type { AdminFlags } from "./options.ts";

export interface OpenOptions {
  /** Make the store when it is missing and no server runs? Commands that only look leave no trace. */
  readonly create?: boolean;
}

/**
 * Runs with the admin API that the flags and the environment name: the server at `--url`, which wants a token; else the
 * server that runs on this data folder; else, without a server, the store itself.
 */
export async function withAdmin<T>(
  cli: Cli,
  flags: AdminFlags,
  { create = false }: OpenOptions,
  run: (admin: AdminClient) => Promise<T>,
): Promise<T> {
  const { transport, place, close } = findAdmin(cli, flags, create);
  const shown: AdminTransport = (request) => withProgress(cli, `waiting for ${place}`, transport(request));
  try {
    return await run(new AdminClient(shown));
  } finally {
    await close();
  }
}

interface FoundAdmin {
  readonly transport: AdminTransport;
  /** For people. */
  readonly place: string;
  close(): Promise<void>;
}

function findAdmin(cli: Cli, flags: AdminFlags, create: boolean): FoundAdmin {
  const given = flags.url ?? (cli.env.USHER_URL || undefined);
  const url = given === undefined ? undefined : checkUrl(given);
  const token = flags.token ?? (cli.env.USHER_TOKEN || undefined);
  if (url !== undefined && token !== undefined) return remote(cli, flags, url, token);

  const { config } = requireLocalConfig(cli, flags);
  const local = readLocalAccess(config.dataDir);
  if (token !== undefined) return remote(cli, flags, local?.url ?? configuredUrl(config), token);
  if (url !== undefined && !isSame(url, local, config)) throw notLoggedIn(url);
  const { transport, close } = inProcess(config, { create });
  if (!local) return { transport, place: placeOf(config), close };
  return { transport: overLoopback(local, transport), place: local.url, close };
}

function placeOf({ dataDir, databaseUrl }: ServerConfig): string {
  return databaseUrl === null ? `the database in ${dataDir}` : "the database";
}

function remote(cli: Cli, { json }: AdminFlags, url: string, token: string): FoundAdmin {
  const isReadable = url.startsWith("http:") && !isLoopback(url);
  if (isReadable && !json) note(cli, `the token goes to ${url} unencrypted; use https`);
  return { transport: overHttp(url, token), place: url, close: async () => {} };
}

/** USHER_URL may name the very server that the data folder leads to, under another of its names. */
function isSame(url: string, local: LocalAccess | undefined, config: ServerConfig): boolean {
  if (!local) return false;
  return [local.url, configuredUrl(config)].some((each) => withOneName(each) === withOneName(url));
}

/** The names that a machine has for itself are one. */
function withOneName(url: string): string {
  return isLoopback(url) ? url.replace(/^(https?:\/\/)(\[[^\]]*\]|[^/:]+)/, "$1localhost") : url;
}

function isLoopback(url: string): boolean {
  return /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(new URL(url).hostname);
}
