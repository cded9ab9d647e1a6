export { serve } from "./serve.ts";
export { type RunningServer, startServer } from "./server.ts";
export type { AppStore, StoredApp } from "./store/app-store.ts";
