import { useId } from "react";
import type { Setting, SettingValue } from "../../api/settings.ts";
import { type Change, printValue } from "./draft.ts";
import classes from "./settings.module.css";

interface SettingRowProps {
  readonly setting: Setting;
  readonly drafted: { readonly isOverridden: boolean; readonly value: SettingValue };
  readonly isChanged: boolean;
  readonly isReadOnly: boolean;
  readonly change: (change: Change) => void;
}

/** One setting: inherited, or with a value of its own. */
export function SettingRow({ setting, drafted, isChanged, isReadOnly, change }: SettingRowProps) {
  const id = useId();
  const { name, description } = setting;
  const { isOverridden, value } = drafted;
  const choose = (choice: string) =>
    change(choice === "inherit" ? { kind: "inherit" } : { kind: "value", value: startOf(setting, choice) });
  return (
    <li className={classes.row} data-changed={isChanged}>
      <div>
        <div className={classes.name} id={`${id}-name`}>
          {name}
        </div>
        <div className="quiet" id={`${id}-about`}>
          {description}
        </div>
      </div>
      <div className={classes.controls}>
        <select
          className={classes.choice}
          aria-labelledby={`${id}-name`}
          aria-describedby={`${id}-about`}
          disabled={isReadOnly}
          value={choiceOf(setting, isOverridden, value)}
          onChange={(event) => choose(event.target.value)}
        >
          <option value="inherit">Default: {printValue(setting, setting.default)}</option>
          {choicesOf(setting).map(([choice, title]) => (
            <option key={choice} value={choice}>
              {title}
            </option>
          ))}
        </select>
        {isOverridden && (
          <OwnValue
            setting={setting}
            value={value}
            isReadOnly={isReadOnly}
            labelledBy={`${id}-name`}
            change={(next) => change({ kind: "value", value: next })}
          />
        )}
      </div>
    </li>
  );
}

interface OwnValueProps {
  readonly setting: Setting;
  readonly value: SettingValue;
  readonly isReadOnly: boolean;
  readonly labelledBy: string;
  readonly change: (value: SettingValue) => void;
}

function OwnValue({ setting, value, isReadOnly, labelledBy, change }: OwnValueProps) {
  if (typeof value === "number") {
    return (
      <span className={classes.own}>
        <input
          type="number"
          aria-labelledby={labelledBy}
          disabled={isReadOnly}
          min={setting.minimum ?? undefined}
          max={setting.maximum ?? undefined}
          value={value}
          onChange={(event) => change(event.target.valueAsNumber || 0)}
        />
        {setting.unit}
      </span>
    );
  }
  if (Array.isArray(value)) {
    return (
      <textarea
        className={classes.origins}
        aria-labelledby={labelledBy}
        disabled={isReadOnly}
        rows={3}
        placeholder={setting.type === "origins" ? "https://example.com" : "private-room-"}
        value={value.join("\n")}
        onChange={(event) => change(event.target.value.split(/\s+/))}
        onBlur={(event) => change(event.target.value.split(/\s+/).filter(Boolean))}
      />
    );
  }
  return null;
}

function choicesOf({ type, is_nullable }: Setting): readonly (readonly [string, string])[] {
  if (type === "boolean") {
    return [
      ["true", "On"],
      ["false", "Off"],
    ];
  }
  const { own, none } = LIST_CHOICES[type] ?? { own: "Its own value", none: "No limit" };
  return is_nullable
    ? [
        ["own", own],
        ["none", none],
      ]
    : [["own", own]];
}

const LIST_CHOICES: Readonly<Record<string, { readonly own: string; readonly none: string }>> = {
  origins: { own: "These origins", none: "Any origin" },
  prefixes: { own: "These channels", none: "No channel" },
};

function choiceOf({ type }: Setting, isOverridden: boolean, value: SettingValue): string {
  if (!isOverridden) return "inherit";
  if (type === "boolean") return String(value);
  return value === null ? "none" : "own";
}

/** What a choice begins with. */
function startOf(setting: Setting, choice: string): SettingValue {
  if (choice === "none") return null;
  if (setting.type === "boolean") return choice === "true";
  if (setting.effective !== null) return setting.effective;
  return setting.type === "integer" ? (setting.minimum ?? 1) : [];
}
