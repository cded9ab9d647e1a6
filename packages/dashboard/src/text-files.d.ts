declare module "*.txt" {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: what a bundler gives for a text file.
  export default text;
}
