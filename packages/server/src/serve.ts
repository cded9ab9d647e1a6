import type { ServerConfig } from "./config/server-config.ts";
import { type RunningServer, type ServerParts, startServer } from "./server.ts";
import { printWelcome } from "./welcome.ts";

const INTERRUPTED = 130;

/**
 * Runs the server as a process: prints where it is, and ends with exit code 0 once a SIGTERM or SIGINT has sent every
 * client away. A second signal ends it at once.
 */
export async function serve(config: ServerConfig, parts: ServerParts): Promise<RunningServer> {
  let server: RunningServer | undefined;
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) process.exit(INTERRUPTED);
    isStopping = true;
    void stopAndExit(server);
  };
  // First of all: as process 1 of a container, a process without handlers does not hear signals.
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);

  server = await startServer(config, parts);
  printWelcome(config, server);
  return server;
}

async function stopAndExit(server: RunningServer | undefined): Promise<void> {
  try {
    server?.log.info("stopping: no new clients, the others are sent away");
    await server?.stop();
    process.exit(0);
  } catch (cause) {
    server?.log.fatal({ err: cause }, "could not stop in order");
    process.exit(1);
  }
}
