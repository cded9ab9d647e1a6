import { processCli } from "./cli.ts";
import { run } from "./run.ts";

// Whoever reads the output may leave early, as `usher subscribe | head` does; that ends the command and is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), processCli());
