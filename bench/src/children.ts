import type { Subprocess } from "bun";

/** The processes this one has started and not yet seen end. */
const running = new Set<Subprocess>();

/** Makes sure that a child does not outlive this process, however it ends. */
export function track(child: Subprocess): void {
  if (running.size === 0) endTogether();
  running.add(child);
  child.exited.finally(() => running.delete(child));
}

let isWatching = false;

function endTogether(): void {
  if (isWatching) return;
  isWatching = true;
  process.on("exit", () => {
    for (const child of running) child.kill("SIGKILL");
  });
  // Without a handler these end the process without "exit".
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
}
