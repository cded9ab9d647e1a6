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
          <Description text={description} />
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

/** Besides the default, which is what `null` stands for where it is a value. */
function choicesOf({ type }: Setting): readonly (readonly [string, string])[] {
  if (type === "integer") return [["own", "Its own value"]];
  if (type !== "boolean") return [["own", type === "origins" ? "These origins" : "These prefixes"]];
  return [
    ["true", "On"],
    ["false", "Off"],
  ];
}

function choiceOf({ type }: Setting, isOverridden: boolean, value: SettingValue): string {
  if (!isOverridden) return "inherit";
  return type === "boolean" ? String(value) : "own";
}

/** What a choice begins with. */
function startOf(setting: Setting, choice: string): SettingValue {
  if (setting.type === "boolean") return choice === "true";
  if (setting.effective !== null) return setting.effective;
  return setting.type === "integer" ? (setting.minimum ?? 1) : [];
}

/** The server's words are for its documentation: names stand in backquotes, and what `null` means is said by the choices. */
function Description({ text }: { readonly text: string }) {
  const [, said = text] = /^(.*?)[.;]? `null` [^.]*$/.exec(text) ?? [];
  return said.split("`").map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts never move.
    index % 2 === 0 ? part : <code key={index}>{part}</code>,
  );
}
