// What the tests bundle and start with Node. It prints where the servers listen, and ends when its standard input does.
import { nodeServers } from "./all-on-node.ts";

const urls: Record<string, string> = {};
for (const { name, start } of nodeServers) urls[name] = (await start()).url;
process.stdout.write(`${JSON.stringify(urls)}\n`);
process.stdin.resume().on("end", () => process.exit(0));
