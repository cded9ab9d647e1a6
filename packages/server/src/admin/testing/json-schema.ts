/** A JSON Schema of the kind that the OpenAPI document has; `true` and `{}` take anything. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/**
 * What is wrong with a value by a schema of the OpenAPI document, a line each. It knows the keywords that our document
 * uses and throws at any other, so that none is passed over in silence.
 */
export function schemaProblems(
  value: unknown,
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  path = "$",
): string[] {
  if (typeof schema === "boolean") return schema ? [] : [`${path} may not be there`];
  const again = (inner: unknown, innerSchema: unknown, innerPath = path) =>
    schemaProblems(inner, innerSchema as JsonSchema, components, innerPath);
  return Object.entries(schema).flatMap(([keyword, rule]): string[] => {
    const check = CHECKS[keyword];
    if (!check) throw new Error(`the checker does not know the keyword ${keyword} (at ${path})`);
    return check({ value, rule, path, schema, components, again });
  });
}

interface Check {
  readonly value: unknown;
  readonly rule: unknown;
  readonly path: string;
  readonly schema: { readonly [keyword: string]: unknown };
  readonly components: Readonly<Record<string, JsonSchema>>;
  readonly again: (value: unknown, schema: unknown, path?: string) => string[];
}

const nothing = (): string[] => [];

const CHECKS: Readonly<Record<string, (check: Check) => string[]>> = {
  // Told to people.
  description: nothing,
  example: nothing,
  examples: nothing,
  default: nothing,
  title: nothing,

  $ref({ value, rule, components, again }) {
    const name = String(rule).replace("#/components/schemas/", "");
    const schema = components[name];
    if (schema === undefined) throw new Error(`the document has no schema ${name}`);
    return again(value, schema);
  },
  type({ value, rule, path }) {
    const types = Array.isArray(rule) ? rule : [rule];
    return types.some((type) => isOfType(value, type))
      ? []
      : [`${path} is not of type ${types.join(" or ")}`];
  },
  enum: ({ value, rule, path }) =>
    (rule as unknown[]).includes(value) ? [] : [`${path} is ${JSON.stringify(value)}, none of ${rule}`],
  const: ({ value, rule, path }) => (value === rule ? [] : [`${path} is not ${rule}`]),
  format({ value, rule, path }) {
    if (typeof value !== "string") return [];
    const format = FORMATS[String(rule)];
    if (!format) throw new Error(`the checker does not know the format ${rule}`);
    return format.test(value) ? [] : [`${path} is not a ${rule}`];
  },
  pattern: ({ value, rule, path }) =>
    typeof value !== "string" || new RegExp(String(rule), "u").test(value)
      ? []
      : [`${path} does not match ${rule}`],
  minLength: ({ value, rule, path }) =>
    typeof value !== "string" || value.length >= Number(rule) ? [] : [`${path} is too short`],
  maxLength: ({ value, rule, path }) =>
    typeof value !== "string" || value.length <= Number(rule) ? [] : [`${path} is too long`],
  minimum: ({ value, rule, path }) =>
    typeof value !== "number" || value >= Number(rule) ? [] : [`${path} is too small`],
  maximum: ({ value, rule, path }) =>
    typeof value !== "number" || value <= Number(rule) ? [] : [`${path} is too large`],
  exclusiveMinimum: ({ value, rule, path }) =>
    typeof value !== "number" || value > Number(rule) ? [] : [`${path} is too small`],
  minItems: ({ value, rule, path }) =>
    !Array.isArray(value) || value.length >= Number(rule) ? [] : [`${path} has too few items`],
  maxItems: ({ value, rule, path }) =>
    !Array.isArray(value) || value.length <= Number(rule) ? [] : [`${path} has too many items`],
  items: ({ value, rule, path, again }) =>
    Array.isArray(value) ? value.flatMap((item, index) => again(item, rule, `${path}[${index}]`)) : [],
  required: ({ value, rule, path }) =>
    isObject(value)
      ? (rule as string[])
          .filter((name) => !Object.hasOwn(value, name))
          .map((name) => `${path}.${name} is missing`)
      : [],
  properties: ({ value, rule, path, again }) =>
    isObject(value)
      ? Object.entries(rule as Record<string, unknown>).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? again(value[name], schema, `${path}.${name}`) : [],
        )
      : [],
  additionalProperties({ value, rule, path, schema, again }) {
    if (!isObject(value)) return [];
    const known = Object.keys((schema.properties as object | undefined) ?? {});
    const others = Object.keys(value).filter((name) => !known.includes(name));
    return others.flatMap((name) => again(value[name], rule, `${path}.${name}`));
  },
  propertyNames: ({ value, rule, path, again }) =>
    isObject(value)
      ? Object.keys(value).flatMap((name) => again(name, rule, `${path} (the name ${name})`))
      : [],
  allOf: ({ value, rule, again }) => (rule as unknown[]).flatMap((schema) => again(value, schema)),
  anyOf: ({ value, rule, path, again }) => {
    const problems = (rule as unknown[]).map((schema) => again(value, schema));
    return problems.some((each) => each.length === 0)
      ? []
      : [`${path} fits none: ${problems.flat().join("; ")}`];
  },
  oneOf: ({ value, rule, path, again }) => {
    const fitting = (rule as unknown[]).filter((schema) => again(value, schema).length === 0).length;
    return fitting === 1 ? [] : [`${path} fits ${fitting} of the alternatives`];
  },
};

const FORMATS: Readonly<Record<string, RegExp>> = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  email: /^\S+@\S+$/,
  uri: /^[a-z][a-z0-9+.-]*:/i,
};

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
