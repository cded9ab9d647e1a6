#!/usr/bin/env node
// The `usher` command for a machine that has only Node: finds the Bun that npm installed and hands over to it.
import { fileURLToPath } from "node:url";
import { runBun } from "./bun-runtime.mjs";

// Bun would read a .env file of whatever folder it is started in; configuration comes from where the user put it.
runBun([
  "--no-env-file",
  fileURLToPath(new URL("../src/main.ts", import.meta.url)),
  ...process.argv.slice(2),
]);
