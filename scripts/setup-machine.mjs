// Installs what the tests need and this machine lacks: `node scripts/setup-machine.mjs`. Does nothing when all is there.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

// One line for each need. `commands` are looked for on the PATH, or taken as they are when they are paths; the first that
// is there counts. `debian` is the package that brings it.
const NEEDS = [
  {
    name: "browser",
    purpose: "the browser tests",
    commands: [
      "chromium",
      "chromium-browser",
      "google-chrome",
      "google-chrome-stable",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    debian: "chromium",
    elsewhere: "install Chromium or Chrome, or set USHER_TEST_BROWSER to its path",
    variable: "USHER_TEST_BROWSER",
  },
  {
    name: "PostgreSQL",
    purpose: "the tests of apps in PostgreSQL",
    // Debian keeps the server of each version in a folder of its own, off the PATH.
    commands: [
      "postgres",
      ...[18, 17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin/postgres`),
    ],
    debian: "postgresql",
    elsewhere: "install PostgreSQL 15 or later, or set USHER_TEST_POSTGRES to the path of its postgres",
    variable: "USHER_TEST_POSTGRES",
  },
  {
    name: "Redis",
    purpose: "the tests of several servers",
    commands: ["redis-server", "valkey-server"],
    debian: "redis-server",
    elsewhere:
      "install Redis 7.0 or Valkey 7.2, or later, or set USHER_TEST_REDIS to the path of its redis-server",
    variable: "USHER_TEST_REDIS",
  },
  {
    name: "nginx",
    purpose: "the tests of its recipe",
    // Debian keeps it where the PATH of a user does not lead.
    commands: ["nginx", "/usr/sbin/nginx"],
    debian: "nginx-light",
    elsewhere: "install nginx 1.18 or later, or set USHER_TEST_NGINX to its path",
    variable: "USHER_TEST_NGINX",
  },
  {
    name: "HAProxy",
    purpose: "the tests of its recipe",
    commands: ["haproxy", "/usr/sbin/haproxy"],
    debian: "haproxy",
    elsewhere: "install HAProxy 2.6 or later, or set USHER_TEST_HAPROXY to its path",
    variable: "USHER_TEST_HAPROXY",
  },
  {
    name: "Caddy",
    purpose: "the tests of its recipe",
    commands: ["caddy"],
    debian: "caddy",
    elsewhere: "install Caddy 2.6 or later, or set USHER_TEST_CADDY to its path",
    variable: "USHER_TEST_CADDY",
  },
  {
    name: "systemd",
    purpose: "the tests of its unit",
    commands: ["systemd-analyze"],
    debian: "systemd",
    elsewhere: "systemd is for Linux; or set USHER_TEST_SYSTEMD to the path of its systemd-analyze",
    variable: "USHER_TEST_SYSTEMD",
  },
  {
    name: "Python",
    purpose: "the tests of its SDK",
    commands: ["python3"],
    debian: "python3-venv",
    elsewhere: "install Python 3.10 or later, or set USHER_TEST_PYTHON to its path",
    variable: "USHER_TEST_PYTHON",
  },
  {
    name: "Go",
    purpose: "the tests of its SDK",
    commands: ["go"],
    debian: "golang-go",
    elsewhere: "install Go 1.19 or later, or set USHER_TEST_GO to its path",
    variable: "USHER_TEST_GO",
  },
  {
    name: "Java",
    purpose: "the tests of its SDK",
    commands: ["java"],
    debian: "default-jdk-headless",
    elsewhere: "install a JDK 17 or later, or set USHER_TEST_JAVA to the path of its java",
    variable: "USHER_TEST_JAVA",
  },
  {
    name: "Maven",
    purpose: "the tests of Java's SDK",
    commands: ["mvn"],
    debian: "maven",
    elsewhere: "install Maven, or set USHER_TEST_MAVEN to the path of its mvn",
    variable: "USHER_TEST_MAVEN",
  },
  {
    name: "PHP",
    purpose: "the tests of requests signed by hand in PHP",
    commands: ["php"],
    debian: "php-cli",
    elsewhere: "install PHP 8, or set USHER_TEST_PHP to its path",
    variable: "USHER_TEST_PHP",
  },
  {
    name: "Ruby",
    purpose: "the tests of requests signed by hand in Ruby",
    commands: ["ruby"],
    debian: "ruby",
    elsewhere: "install Ruby 3, or set USHER_TEST_RUBY to its path",
    variable: "USHER_TEST_RUBY",
  },
];

/**
 * Finds or installs everything in the table.
 *
 * @returns a map from each need's name to its path, or to undefined for what could neither be found nor installed; that
 *   has been said on standard output then, a line each.
 */
export function setUpMachine() {
  const lacking = NEEDS.filter((need) => !process.env[need.variable] && !find(need));
  if (lacking.length > 0 && canInstall()) install(lacking.map(({ debian }) => debian));
  const paths = new Map(NEEDS.map((need) => [need.name, find(need)]));
  for (const need of NEEDS.filter(({ name }) => !paths.get(name))) {
    console.log(`setup: no ${need.name}, so ${need.purpose} are left out; to add it, ${howToAdd(need)}`);
  }
  return paths;
}

/** What the tests read: the variable of each need with what was found, `none` for what they are to leave out. */
export function testVariables(paths) {
  return Object.fromEntries(NEEDS.map(({ name, variable }) => [variable, paths.get(name) ?? "none"]));
}

function howToAdd({ variable, debian, elsewhere }) {
  const given = process.env[variable];
  if (given) return `set ${variable} to a program that can be run, which ${given} is not`;
  return existsSync(DEBIAN_VERSION) ? `run "apt-get install ${debian}" as root` : elsewhere;
}

const DEBIAN_VERSION = "/etc/debian_version";

function find({ commands, variable }) {
  const given = process.env[variable];
  if (given) return isExecutable(given) ? given : undefined;
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  for (const command of commands) {
    const candidates = command.startsWith("/") ? [command] : folders.map((folder) => join(folder, command));
    const path = candidates.find(isExecutable);
    if (path) return path;
  }
  return undefined;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canInstall() {
  return existsSync(DEBIAN_VERSION) && process.getuid?.() === 0;
}

function install(packages) {
  console.log(`setup: installing ${packages.join(", ")}`);
  const run = (...args) =>
    spawnSync("apt-get", args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  run("update", "-qq");
  run("install", "-y", "-qq", "--no-install-recommends", ...packages);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isComplete = [...setUpMachine().values()].every(Boolean);
  process.exit(isComplete || process.env.CI !== "true" ? 0 : 1);
}
