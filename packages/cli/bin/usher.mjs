#!/usr/bin/env node
// The `usher` command for a machine that has only Node: finds the Bun that npm installed and hands over to it.
import { fileURLToPath } from "node:url";
import { runBun } from "./bun-runtime.mjs";

runBun([fileURLToPath(new URL("../src/main.ts", import.meta.url)), ...process.argv.slice(2)]);
