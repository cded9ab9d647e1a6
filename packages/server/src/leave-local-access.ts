import type { Logger } from "pino";
import { writeLocalAccess } from "./admin/local-access.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { localOperatorsUrl, type Ports } from "./server-url.ts";

/**
 * Leaves the way into this server for the command line on the same machine, and gives the function that takes it away.
 *
 * Without the file the command line needs a token like any other; nothing else misses it. Without an admin API it leads
 * nowhere, and the command line goes to the database itself.
 */
export function leaveLocalAccess(config: ServerConfig, ports: Ports, token: string, log: Logger): () => void {
  if (config.admin === "off") return () => {};
  try {
    const url = localOperatorsUrl(config, ports);
    return writeLocalAccess(config.dataDir, { url, token, pid: process.pid });
  } catch (error) {
    log.warn({ err: error }, "cannot leave local.json in data_dir for the command line on this machine");
    return () => {};
  }
}
