import type { ServerConfig } from "./config/server-config.ts";
import { type RunningServer, type ServerParts, startServer } from "./server.ts";
import { printWelcome } from "./welcome.ts";
import { serveWorkers } from "./workers/serve-workers.ts";
import { isWorker, openParentLine } from "./workers/worker-process.ts";

const INTERRUPTED = 130;

/**
 * Runs the server as a process, or as several that share its port: prints where it is, and ends with exit code 0 once a
 * SIGTERM or SIGINT has sent every client away. A second signal ends it at once.
 */
export async function serve(config: ServerConfig, parts: ServerParts): Promise<void> {
  if (isWorker()) return serveAsWorker(config, parts);
  if (config.workers > 1) return serveWorkers(config);

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
}

/**
 * A terminal and some service managers signal every process of a group, so a worker hears of one stop from two sides: it
 * stops once, and only its parent ends it sooner. A signal that it alone gets stops it too, and its parent starts another.
 */
async function serveAsWorker(config: ServerConfig, parts: ServerParts): Promise<void> {
  let server: RunningServer | undefined;
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    void stopAndExit(server);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  const parent = openParentLine(stop);

  const worker = await parent.role;
  const { port, opsPort } = worker;
  try {
    server = await startServer({ ...config, port, opsPort }, { ...parts, worker });
  } catch (cause) {
    parent.close();
    throw cause;
  }
  if (worker.isAnnouncing) printWelcome(config, server);
  parent.listening(server);
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
