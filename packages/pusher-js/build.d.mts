/** The code of one file, minified: `esm` is the package's module, `iife` the script for pages without modules. */
export function bundle(format: "esm" | "iife"): string;
