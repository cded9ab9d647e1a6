/** Is this the name of a setting, or what is left where a setting was not loaded? */
export function isPlaceholder(text: string): boolean {
  return text.length <= 100 && PLACEHOLDERS.some((pattern) => pattern.test(text));
}

const PLACEHOLDERS: readonly RegExp[] = [
  /^(undefined|null|none|nil|nan|\[object Object\]|changeme|x{3,}|todo)$/i,
  /^\$?\{?\(?(?:(?:VITE|MIX|NEXT_PUBLIC|REACT_APP|NUXT_PUBLIC)_)?(?:PUSHER|REVERB|SOKETI|USHER|CHANNELS)_(?:DEFAULT_)?(?:APP_?)?(?:ID|KEY|SECRET)\)?\}?$/i,
  /^\$?\{?APP_?(?:ID|KEY|SECRET)\}?$/i,
  /^(?:your|my|the|insert|enter|replace)[-_ ].*(?:id|key|secret|app|here)/i,
  /^<[^<>]*>$/,
  /^\{\{[^{}]*\}\}$/,
  /^\$\{[^{}]*\}$/,
  /^%[A-Z_]+%$/,
  /^(?:env\(|config\(|\w+\.env\b|import\.meta\.env\b|ENV\[)/,
];

/** What stands for a secret in samples and where the environment was not loaded. */
export const PLACEHOLDER_SECRETS: readonly string[] = [
  "",
  "undefined",
  "null",
  "None",
  "PUSHER_APP_SECRET",
  "your-app-secret",
  "YOUR_APP_SECRET",
  "APP_SECRET",
  "app-secret",
  "secret",
];
