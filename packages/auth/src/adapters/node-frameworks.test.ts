import { describeAdapter } from "../testing/adapter-suite.ts";
import { nodeServers } from "../testing/servers/all-on-node.ts";

for (const server of nodeServers) describeAdapter(server);
