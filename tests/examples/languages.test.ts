import { describeExample } from "./describe-example.ts";
import { prepareExample, prepareFlask, prepareGo, prepareJava } from "./prepare-languages.ts";
import { EXAMPLES } from "./running-example.ts";

const [flask, go, java, php, ruby] = await Promise.all([
  prepareExample("Python", prepareFlask),
  prepareExample("Go", prepareGo),
  prepareExample("Java", prepareJava),
  prepareExample("PHP", async ([path = ""]) => [path, "-S", "127.0.0.1:{port}", `${EXAMPLES}php/server.php`]),
  prepareExample("Ruby", async ([path = ""]) => [path, `${EXAMPLES}ruby/server.rb`]),
]);

if (flask)
  describeExample("examples/flask", { command: flask, env: { SESSION_SECRET: "a secret of the tests" } });
if (go) describeExample("examples/go", { command: go });
if (java) describeExample("examples/java", { command: java });
if (php) describeExample("examples/php", { command: php });
if (ruby) describeExample("examples/ruby", { command: ruby });
