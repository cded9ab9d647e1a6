import { describeAdapter } from "../testing/adapter-suite.ts";
import { describeOddRequests } from "../testing/odd-requests-suite.ts";
import { webServers } from "../testing/servers/web.ts";

for (const server of webServers) describeAdapter(server);
// The others look at the address before the endpoint gets it.
for (const server of webServers.slice(0, 1)) describeOddRequests(server);
