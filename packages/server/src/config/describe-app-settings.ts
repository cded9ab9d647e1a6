import { APP_SETTING_TEXTS, type AppSettingText } from "./app-setting-texts.ts";
import {
  type AppSettingKey,
  type AppSettingsOverrides,
  appSettingKeys,
  appSettingsJsonSchema,
  mergeAppSettings,
  printAppSettings,
} from "./app-settings.ts";

/** One setting of one app: what it may be, what it is, and why it is so. */
export interface DescribedSetting extends AppSettingText {
  /** As people write it; with a dot for what lies in an object, such as `presence_limits.members`. */
  readonly name: AppSettingKey;
  readonly type: "boolean" | "integer" | "origins" | "prefixes";
  /** Of integers. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Whether `null` is a value of its own, which then is the default. */
  readonly isNullable: boolean;
  readonly default: unknown;
  /** What the app was given; undefined where it inherits the default. */
  readonly override: unknown;
  readonly effective: unknown;
}

/** Every setting there is, as an app with these overrides has it. */
export function describeAppSettings(overrides: AppSettingsOverrides): DescribedSetting[] {
  const given = printAppSettings(overrides);
  const defaults = printAppSettings(mergeAppSettings({}));
  const effective = printAppSettings(mergeAppSettings(overrides));
  const schema = appSettingsJsonSchema();
  const order = Object.keys(APP_SETTING_TEXTS);
  return appSettingKeys()
    .toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
    .map((name) => ({
      name,
      ...APP_SETTING_TEXTS[name],
      ...describeType(name, schemaAt(schema, name)),
      default: valueAt(defaults, name),
      override: valueAt(given, name),
      effective: valueAt(effective, name),
    }));
}

/** The part of JSON Schema that settings need. */
interface JsonSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

function describeType(
  name: AppSettingKey,
  schema: JsonSchema,
): Pick<DescribedSetting, "type" | "minimum" | "maximum" | "isNullable"> {
  const alternatives = schema.anyOf ?? [schema];
  const own = alternatives.find(({ type }) => type !== "null") ?? schema;
  return {
    type: own.type === "boolean" ? "boolean" : own.type === "array" ? listType(name) : "integer",
    minimum: own.minimum ?? null,
    maximum: own.maximum ?? null,
    isNullable: alternatives.some(({ type }) => type === "null"),
  };
}

/** What a list is of, which its schema does not say in a way that a form could use. */
function listType(name: AppSettingKey): "origins" | "prefixes" {
  return name === "allowed_origins" ? "origins" : "prefixes";
}

function schemaAt(root: JsonSchema, name: string): JsonSchema {
  let schema: JsonSchema | undefined = root;
  for (const key of name.split(".")) schema = schema?.properties?.[key];
  if (!schema) throw new Error(`the setting ${name} is not in the schema`);
  return schema;
}

function valueAt(settings: Readonly<Record<string, unknown>>, name: string): unknown {
  let value: unknown = settings;
  for (const key of name.split(".")) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}
