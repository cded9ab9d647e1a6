import { z } from "@hono/zod-openapi";

/**
 * A named schema, or null, as a field with a description of its own. `.nullable()` on a named schema is lost where the
 * document refers to it by its name.
 */
export function orNull<Schema extends z.ZodType>(schema: Schema, description: string) {
  return z.union([schema, z.null()]).openapi({ description });
}
