export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses JSON that must be an object; undefined for anything else. Never throws. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Text that nests deeper than the engine's stack lands here too.
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
