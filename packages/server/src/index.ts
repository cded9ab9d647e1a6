export { serve } from "./serve.ts";
export { type RunningServer, startServer } from "./server.ts";
export { StartError } from "./start-error.ts";
export { VERSION } from "./version.ts";
