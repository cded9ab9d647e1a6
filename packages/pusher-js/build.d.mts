/** The code of one file, minified: `esm` is the package's module, `iife` the script for pages without modules, with all plug-ins unless told. */
export function bundle(
  format: "esm" | "iife",
  plugIns?: readonly ("batchedAuthorization" | "resume")[],
): string;
