// What `npm test` runs: every folder with tests, in a Bun process of its own; then what clients see, once more over the nodes of
// a cluster; and one line with the sum at the end. `npm test -- tests/clients` runs that folder alone, on one node.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBun } from "../packages/cli/bin/bun-runtime.mjs";
import { setUpMachine, testVariables } from "./setup-machine.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const isCi = process.env.CI === "true";
const given = process.argv.slice(2);

const machine = setUpMachine();
const isIncomplete = [...machine.values()].includes(undefined);
if (isIncomplete && isCi) {
  console.log("With CI=true nothing may be left out, so this run ends here.");
  finish(0, 1);
}
const env = { ...process.env, ...testVariables(machine) };

// Once, so that no two servers of a test build it at the same time.
spawnSync(findBun(), [join(ROOT, "packages/dashboard/build.mjs")], { stdio: "inherit" });

// Of three nodes, one is neither where something happens nor where it is looked at.
const OVER_NODES = [
  { nodes: 2, paths: ["tests/protocol", "tests/clients"] },
  {
    nodes: 3,
    paths: ["presence", "presence-limits", "cache-channels", "user-events", "watchlist", "api-channels"].map(
      (name) => `tests/protocol/${name}.test.ts`,
    ),
  },
];

const steps =
  given.length > 0 ? given.map((path) => [{ nodes: 1, paths: [path] }]) : withCompany(foldersWithTests());

let passed = 0;
let failed = 0;
for (const step of steps) {
  for (const result of await Promise.all(step.map(run))) {
    passed += result.passed;
    failed += result.failed;
  }
}
if (passed + failed === 0) console.log("No test ran.");
finish(passed, failed);

/** Most folders run alone. Those that mostly wait, for leases to end and programs to build, do so beside one another. */
function withCompany(folders) {
  const overNodes = hasCluster() ? OVER_NODES : [];
  const beside = new Map([
    ["tests/cluster", [{ nodes: 1, paths: ["tests/deploy"] }]],
    ["interop", overNodes.filter(({ nodes }) => nodes === 3)],
  ]);
  const steps = folders
    .filter((folder) => folder !== "tests/deploy")
    .map((folder) => [{ nodes: 1, paths: [folder] }, ...(beside.get(folder) ?? [])]);
  return [...steps, ...overNodes.filter(({ nodes }) => nodes === 2).map((one) => [one])];
}

/** Prints what a run says once it is over, so that two at a time can be told apart; a run alone is seen as it goes. */
async function run({ nodes, paths }, _index, step) {
  const title = nodes === 1 ? paths.join(" ") : `${paths.join(" ")}, over ${nodes} nodes`;
  const heading = `\n== ${title}\n`;
  const isAlone = step.length === 1;
  if (isAlone) process.stdout.write(heading);
  const variables = nodes === 1 ? {} : { USHER_TEST_NODES: String(nodes) };
  return runTests(title, paths, variables, isAlone ? undefined : heading);
}

function finish(passedCount, failedCount) {
  console.log(`\n${passedCount} passed, ${failedCount} failed`);
  process.exit(failedCount > 0 || passedCount === 0 ? 1 : 0);
}

/** What the nodes of a cluster share. What is missing was named before, and with CI=true nothing is. */
function hasCluster() {
  return machine.get("Redis") !== undefined && machine.get("PostgreSQL") !== undefined;
}

/** In a fixed order: the quick ones that say most about a fault first, the slow ones last. */
function foldersWithTests() {
  const last = "tests/endurance";
  const suites = readdirSync(join(ROOT, "tests"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || isTest(entry.name))
    .map(({ name }) => `tests/${name}`)
    .filter((folder) => folder !== last)
    .sort();
  return ["packages", "bench", ...suites, "interop", last].filter((path) => hasTests(join(ROOT, path)));
}

function hasTests(path) {
  if (isTest(path)) return true;
  if (!existsSync(path)) return false;
  return readdirSync(path, { withFileTypes: true }).some((entry) => {
    if (entry.isDirectory()) return entry.name !== "node_modules" && hasTests(join(path, entry.name));
    return isTest(entry.name);
  });
}

function isTest(name) {
  return /\.test\.tsx?$/.test(name);
}

/**
 * Runs the tests of some paths. The counts come from Bun's own summary, the last lines of what it prints.
 *
 * @param heading printed with all that the tests have printed, at the end; undefined where they print by themselves.
 */
async function runTests(title, paths, variables, heading) {
  const colour = process.stderr.isTTY === true ? { FORCE_COLOR: "1" } : {};
  const child = spawn(findBun(), ["test", ...paths.map((path) => `./${path.replace(/^\.\//, "")}`)], {
    cwd: ROOT,
    env: { ...env, ...colour, ...variables },
    stdio: ["ignore", heading === undefined ? "inherit" : "pipe", "pipe"],
  });
  const printed = [];
  let tail = "";
  child.stdout?.on("data", (chunk) => printed.push(chunk));
  child.stderr.on("data", (chunk) => {
    if (heading === undefined) process.stderr.write(chunk);
    else printed.push(chunk);
    tail = (tail + chunk).slice(-4_000);
  });
  const end = await new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code: code ?? 128 + constants.signals[signal], signal }));
  });
  if (heading !== undefined) process.stdout.write(heading + Buffer.concat(printed).toString("utf8"));
  const counted = { passed: lastCount(tail, "pass"), failed: lastCount(tail, "fail") };
  if (end.code === 0 || counted.failed > 0) return counted;
  console.log(
    `${title} ended abnormally (${end.signal ?? `exit code ${end.code}`}); that counts as a failure.`,
  );
  return { ...counted, failed: 1 };
}

function lastCount(output, word) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character.
  const plain = output.replaceAll(/\u001b\[[0-9;]*m/g, "");
  return Number([...plain.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))].at(-1)?.[1] ?? 0);
}
