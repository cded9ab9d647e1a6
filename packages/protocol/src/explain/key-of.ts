/** The key in front of a signature, where the two are put together as they should be. */
export function keyOf(auth: unknown): string | undefined {
  return typeof auth === "string" ? /^([\w-]+):/.exec(auth)?.[1] : undefined;
}
