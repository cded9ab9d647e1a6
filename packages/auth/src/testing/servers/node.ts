import type { IncomingMessage } from "node:http";
import { toNode } from "../../adapters/node.ts";
import { createAuthHandler } from "../../index.ts";
import { exampleOptions, userOf } from "../example.ts";
import { type FrameworkServer, headerText, listen } from "./running.ts";

export const plainServers: readonly FrameworkServer[] = [
  {
    name: "node:http",
    start: () => {
      const handler = createAuthHandler({
        ...exampleOptions,
        user: (_request, message: IncomingMessage) => userOf(headerText(message.headers["x-user"])),
      });
      const listener = toNode(handler);
      return listen((request, response) => void listener(request, response));
    },
  },
];
