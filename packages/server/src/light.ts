// The part of this package that loads fast: for commands that may turn out to need neither a server nor a store.
export { ADMIN_BASE_PATH } from "./admin/base-path.ts";
export { type LocalAccess, readLocalAccess } from "./admin/local-access.ts";
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
export { type CheckedRequest, checkEndpoint } from "./endpoint-check/check-endpoint.ts";
export { explainOptions } from "./endpoint-check/explain-options.ts";
export { PROBLEMS } from "./endpoint-check/problems.ts";
export { printable } from "./printable.ts";
export { StartError } from "./start-error.ts";
export { generateAppId, generateKey, generateSecret } from "./store/credentials.ts";
export { StoreError, type StoreErrorCode } from "./store/store-error.ts";
export { VERSION } from "./version.ts";
