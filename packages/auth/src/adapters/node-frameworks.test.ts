import { describeAdapter } from "../testing/adapter-suite.ts";
import { describeOddRequests } from "../testing/odd-requests-suite.ts";
import { nodeServers } from "../testing/servers/all-on-node.ts";

for (const server of nodeServers) describeAdapter(server);
for (const server of nodeServers) describeOddRequests(server);
