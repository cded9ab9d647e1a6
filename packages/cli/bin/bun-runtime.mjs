import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";

/**
 * The path of the Bun binary that npm installed.
 *
 * Bun's post-install script moves the binary into the `bun` package. npm may be told not to run it, and then what
 * stands there is a stub of a few bytes, while the platform's own package beside it holds the binary.
 */
export function findBun() {
  const bunPackage = dirname(createRequire(import.meta.url).resolve("bun/package.json"));
  const platformPackages = join(bunPackage, "..", "@oven");
  const candidates = [
    join(bunPackage, "bin", "bun.exe"),
    ...listFolder(platformPackages).flatMap((name) => [
      join(platformPackages, name, "bin", "bun"),
      join(platformPackages, name, "bin", "bun.exe"),
    ]),
  ];
  const found = candidates.find((path) => sizeOf(path) > 1_000_000);
  if (found) return found;
  console.error(
    `usher: no Bun binary under ${bunPackage}\n  Run "npm ci" again; it installs Bun for this platform as an optional dependency, so do not pass --omit=optional.`,
  );
  process.exit(69);
}

/** Becomes Bun where Node can (one process, signals arrive directly); otherwise runs it as a child and mirrors its end. */
export function runBun(args) {
  const bun = findBun();
  if (typeof process.execve === "function") process.execve(bun, [bun, ...args], process.env);

  const child = spawn(bun, args, { stdio: "inherit" });
  const forwarded = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];
  // A Ctrl-C in a terminal reaches the child by itself; forwarding it again would count as the second signal, which exits at once.
  const forward = (signal) => {
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of forwarded) process.on(signal, forward);
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
}

function listFolder(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function sizeOf(path) {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
