// What `with { type: "text" }` gives for files that TypeScript does not know as modules.

declare module "*.js" {
  const text: string;
  export = text;
}

declare module "*.css" {
  const text: string;
  export = text;
}

declare module "*.svg" {
  const text: string;
  export = text;
}
