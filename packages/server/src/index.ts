export {
  type AppSettingsOverrides,
  mergeAppSettings,
  parseAppSettings,
  printAppSettings,
} from "./config/app-settings.ts";
export { type ConfigKey, configKeys, flagOf, specOf, variablesOf } from "./config/config-keys.ts";
export { type ConfigProblem, formatProblem } from "./config/config-problem.ts";
export { isAppName } from "./config/expectations.ts";
export { type LoadedConfig, loadConfig } from "./config/load-config.ts";
export type { ServerConfig } from "./config/server-config.ts";
export { serve } from "./serve.ts";
export { type RunningServer, startServer } from "./server.ts";
export { StartError } from "./start-error.ts";
export type { AppStore, StoredApp } from "./store/app-store.ts";
export { generateAppId, generateKey, generateSecret } from "./store/credentials.ts";
export { openStore, type Store } from "./store/open-store.ts";
export { StoreError, type StoreErrorCode } from "./store/store-error.ts";
export { VERSION } from "./version.ts";
