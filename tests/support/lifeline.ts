import { spawn } from "node:child_process";

/**
 * Ends processes, and removes their folders, once this process has ended, however that came about: the system closes
 * the watcher's standard input for us.
 *
 * @returns to be called when the processes have ended by themselves.
 */
export function endWithThisProcess(pids: readonly number[], folders: readonly string[]): () => void {
  const watcher = spawn("/bin/sh", ["-c", WATCH, "sh", pids.join(" "), ...folders], {
    stdio: ["pipe", "ignore", "ignore"],
    // Of its own group, so that Ctrl-C reaches it through its standard input alone.
    detached: true,
  });
  watcher.unref();
  return () => void watcher.stdin.end("end\n");
}

const WATCH = 'read -r line && exit; kill -9 $1; shift; rm -rf "$@"';
