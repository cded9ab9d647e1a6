import { makeLocalToken } from "../admin/local-access.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { leaveLocalAccess } from "../leave-local-access.ts";
import { openLog } from "../log.ts";
import { requireFreePort } from "./require-free-port.ts";
import { Supervisor, WorkerFailed } from "./supervisor.ts";
import { spawnWorker } from "./worker-process.ts";

const INTERRUPTED = 130;

/**
 * Runs the server as several processes that share its port, and ends with 0 once a SIGTERM or SIGINT has had them send
 * every client away. A second signal ends all of them at once.
 */
export async function serveWorkers(config: ServerConfig): Promise<void> {
  const log = openLog({ level: config.logLevel, format: config.logFormat });
  await requireFreePort(config.host, config.port);
  const localToken = makeLocalToken();
  const supervisor = new Supervisor({
    workers: config.workers,
    ports: config,
    localToken,
    spawn: spawnWorker,
    log,
    monotonicNow: () => performance.now(),
    later(callback, ms) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  });

  let removeLocalAccess: (() => void) | undefined;
  let isStopping = false;
  const onSignal = async () => {
    removeLocalAccess?.();
    if (isStopping) {
      supervisor.kill();
      process.exit(INTERRUPTED);
    }
    isStopping = true;
    log.info("stopping: all workers send their clients away");
    process.exit((await supervisor.stop()) ? 0 : 1);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);

  try {
    const ports = await supervisor.start();
    if (isStopping) return;
    removeLocalAccess = leaveLocalAccess(config, ports, localToken, log);
    log.info({ workers: config.workers, ...ports }, "all workers listen");
  } catch (cause) {
    // Whoever asked it to stop while it started waits for that.
    if (isStopping) return;
    await supervisor.stop();
    if (!(cause instanceof WorkerFailed)) throw cause;
    // The worker has said why.
    process.exit(cause.exitCode);
  }
}
