import NodePusher from "pusher-js";
import WorkerPusher from "pusher-js/worker/with-encryption";

export const WORKER_BUILD = WorkerPusher as unknown as typeof NodePusher;

// Under an alias, and only where somebody has installed it: `npm install --no-save pusher-js-7@npm:pusher-js@7.6.0`.
const alias = "pusher-js-7";
const { default: Seven } = await import(alias).catch(() => ({ default: undefined }));

export const OLDEST_BUILD: typeof NodePusher = Seven ?? NodePusher;

/** Stock pusher-js in every build that runs here, each with a name for titles of tests. */
export const STOCK_BUILDS: readonly (readonly [name: string, build: typeof NodePusher])[] = [
  ["8.6 for Node", NodePusher],
  ["8.6 for workers", WORKER_BUILD],
  ...(Seven ? ([["7.6 for Node", Seven]] as const) : []),
];
