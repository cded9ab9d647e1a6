import { describeAdapter } from "../testing/adapter-suite.ts";
import { webServers } from "../testing/servers/web.ts";

for (const server of webServers) describeAdapter(server);
