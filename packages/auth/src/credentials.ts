import type { AuthHandlerOptions, Setting } from "./options.ts";
import { RuleError } from "./rule-error.ts";

/** What signatures are made with. */
export interface Credentials {
  readonly key: string;
  readonly secret: string;
  readonly masterKey: string | undefined;
}

/** @throws RuleError when one is missing: signing with the text "undefined" would look as if it worked. */
export async function readCredentials<User, Context>(
  options: AuthHandlerOptions<User, Context>,
  context: Context,
): Promise<Credentials> {
  const { encryptionMasterKeyBase64 } = options;
  const secret = await read(options.secret, context);
  return {
    key: checkText(await read(options.key, context), "key"),
    secret: checkText(typeof secret === "string" ? secret : secret?.[0], "secret"),
    masterKey:
      encryptionMasterKeyBase64 === undefined ? undefined : await read(encryptionMasterKeyBase64, context),
  };
}

async function read<Value extends string | readonly string[], Context>(
  setting: Setting<Value, Context>,
  context: Context,
): Promise<Value> {
  return typeof setting === "function" ? await setting(context) : setting;
}

function checkText(value: unknown, option: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new RuleError(`${option} is not set`);
}
