import { type ChildProcess, spawn } from "node:child_process";
import type { WorkerEvents, WorkerProcess } from "./supervisor.ts";
import { parseFromWorker, parseToWorker, type WorkerRole } from "./worker-messages.ts";

/** Set in the environment of a worker. Not named as settings are, so that nobody takes it for one. */
const MARK = "_USHER_WORKER";

/** Starts this very program with these very arguments once more, as a worker. */
export function spawnWorker({ onMessage, onExit }: WorkerEvents): WorkerProcess {
  const child = spawn(process.execPath, [...process.execArgv, ...programArguments()], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, [MARK]: "1" },
  });
  child.on("message", (message) => {
    const known = parseFromWorker(message);
    if (known) onMessage(known);
  });
  onceEnded(child, onExit);
  return {
    pid: child.pid,
    send: (message) => {
      // It may have ended, which `exit` tells.
      if (child.connected) child.send(message, () => {});
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Is this process a worker? */
export function isWorker(): boolean {
  return process.env[MARK] === "1" && process.send !== undefined;
}

/** A worker's line to its parent. */
export interface ParentLine {
  readonly role: Promise<WorkerRole>;
  listening(ports: { readonly port: number; readonly opsPort: number }): void;
  /** Hangs up; without that a worker that could not start would wait for orders for ever. */
  close(): void;
}

/**
 * Listens to the parent.
 *
 * @param onStop called when it says so, and when it is gone: without it nobody would ever end this process.
 */
export function openParentLine(onStop: () => void): ParentLine {
  const role = Promise.withResolvers<WorkerRole>();
  const onMessage = (message: unknown) => {
    const known = parseToWorker(message);
    if (known?.kind === "role") role.resolve(known);
    if (known?.kind === "stop") onStop();
  };
  process.on("message", onMessage);
  process.on("disconnect", onStop);
  return {
    role: role.promise,
    listening: ({ port, opsPort }) => void process.send?.({ kind: "listening", port, opsPort }),
    close() {
      process.off("message", onMessage);
      process.off("disconnect", onStop);
      process.disconnect?.();
    },
  };
}

/** A single-file executable has its program within it, and only says where. */
function programArguments(): string[] {
  const [, script = "", ...args] = process.argv;
  return script.startsWith("/$bunfs/") || script.startsWith("B:\\~BUN\\") ? args : [script, ...args];
}

/** One that cannot even be started ends without `exit`. */
function onceEnded(child: ChildProcess, onExit: WorkerEvents["onExit"]): void {
  let hasEnded = false;
  const end: WorkerEvents["onExit"] = (code, signal) => {
    if (hasEnded) return;
    hasEnded = true;
    onExit(code, signal);
  };
  child.on("exit", end);
  child.on("error", () => child.pid === undefined && end(null, null));
}
