import type { Setting, SettingValue } from "../../api/settings.ts";

/** What somebody has changed and not saved: a value, or `inherit` for the default. */
export type Change = { readonly kind: "inherit" } | { readonly kind: "value"; readonly value: SettingValue };

export type Draft = ReadonlyMap<string, Change>;

/** The draft with one more change; a change to what holds already is none. */
export function changed(draft: Draft, setting: Setting, change: Change): Draft {
  const next = new Map(draft);
  if (isAsSaved(setting, change)) next.delete(setting.name);
  else next.set(setting.name, change);
  return next;
}

/** Whether a setting is overridden and with what, once the draft is saved. */
export function drafted(
  draft: Draft,
  setting: Setting,
): { readonly isOverridden: boolean; readonly value: SettingValue } {
  const change = draft.get(setting.name);
  if (!change) return { isOverridden: setting.is_overridden, value: setting.effective };
  if (change.kind === "inherit") return { isOverridden: false, value: setting.default };
  return { isOverridden: true, value: change.value };
}

/** What `PATCH /apps/{id}` takes: nested where a name has a dot, `null` to inherit. */
export function patchOf(draft: Draft): Readonly<Record<string, unknown>> {
  const patch: Record<string, unknown> = {};
  for (const [name, change] of draft) {
    const value = change.kind === "inherit" ? null : change.value;
    const [first = "", second] = name.split(".");
    if (second === undefined) patch[first] = value;
    else patch[first] = { ...(patch[first] as object | undefined), [second]: value };
  }
  return patch;
}

/** A value as people read it. */
export function printValue({ type, unit }: Setting, value: SettingValue): string {
  if (value === null) return NOTHING_SET[type];
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") {
    return unit ? `${value.toLocaleString()} ${unit}` : value.toLocaleString();
  }
  return value.length === 0 ? "none" : value.join(", ");
}

/** What `null` stands for. */
const NOTHING_SET: Readonly<Record<Setting["type"], string>> = {
  boolean: "off",
  integer: "no limit",
  origins: "any origin",
  prefixes: "none",
};

function isAsSaved(setting: Setting, change: Change): boolean {
  if (change.kind === "inherit") return !setting.is_overridden;
  return setting.is_overridden && JSON.stringify(change.value) === JSON.stringify(setting.override);
}
