import { mkdirSync } from "node:fs";
import { describeExample } from "./describe-example.ts";
import { prepareExample, prepareFlask, prepareGo, prepareJava } from "./prepare-languages.ts";
import { EXAMPLES, ROOT } from "./running-example.ts";

const [flask, go, java, php, ruby] = await Promise.all([
  prepareExample("Python", prepareFlask),
  prepareExample("Go", prepareGo),
  prepareExample("Java", prepareJava),
  prepareExample("PHP", preparePhp),
  prepareExample("Ruby", async ([path = ""]) => [path, `${EXAMPLES}ruby/server.rb`]),
]);

if (flask)
  describeExample("examples/flask", {
    command: flask,
    env: { SESSION_SECRET: "a secret of the tests", PYTHONDONTWRITEBYTECODE: "1" },
  });
if (go) describeExample("examples/go", { command: go });
if (java) describeExample("examples/java", { command: java });
if (php) describeExample("examples/php", { command: php });
if (ruby) describeExample("examples/ruby", { command: ruby });

async function preparePhp([php = ""]: readonly string[]): Promise<readonly string[]> {
  // By default PHP leaves its sessions behind in the machine's folder for temporary files.
  const sessions = `${ROOT}tests/.artifacts/examples/php-sessions`;
  mkdirSync(sessions, { recursive: true });
  return [php, "-d", `session.save_path=${sessions}`, "-S", "127.0.0.1:{port}", `${EXAMPLES}php/server.php`];
}
