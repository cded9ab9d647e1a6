import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import classes from "./console.module.css";
import type { EventDraft } from "./event-draft.ts";
import type { useEventMemory } from "./event-memory.ts";

interface RememberedEventsProps {
  readonly memory: ReturnType<typeof useEventMemory>;
  readonly draft: EventDraft;
  readonly mayKeep: boolean;
  readonly take: (draft: EventDraft) => void;
}

/** Presets and what was sent before: to begin with, and to keep. */
export function RememberedEvents({ memory, draft, mayKeep, take }: RememberedEventsProps) {
  const { presets, history } = memory;
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState("");
  const choose = (value: string) => {
    setChosen(value);
    const [kind, ...rest] = value.split(":");
    const wanted = rest.join(":");
    const found =
      kind === "preset"
        ? presets.find((preset) => preset.name === wanted)?.draft
        : history[Number.parseInt(wanted, 10)];
    if (found) take(found);
  };
  const preset = presets.find((one) => `preset:${one.name}` === chosen);
  if (presets.length === 0 && history.length === 0 && !mayKeep) return null;
  return (
    <details className={classes.remembered}>
      <summary>
        Presets and history{presets.length + history.length > 0 && ` (${presets.length + history.length})`}
      </summary>
      <div className={classes.creatorRow}>
        <SelectField label="Begin with" value={chosen} onChange={(event) => choose(event.target.value)}>
          <option value="">choose one</option>
          <optgroup label="Presets">
            {presets.map((one) => (
              <option key={one.name} value={`preset:${one.name}`}>
                {one.name}
              </option>
            ))}
          </optgroup>
          <optgroup label="Sent before">
            {history.map((one, index) => (
              <option key={JSON.stringify(one)} value={`history:${index}`}>
                {one.event} on {one.channels}
              </option>
            ))}
          </optgroup>
        </SelectField>
        <TextField
          label="Keep this one as"
          value={name}
          maxLength={60}
          placeholder="a name"
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div className={classes.rememberedActions}>
        <Button
          small
          disabled={!mayKeep || name.trim() === ""}
          onClick={() => {
            memory.keep(name.trim(), draft);
            setName("");
          }}
        >
          Keep as a preset
        </Button>
        {preset && (
          <Button small onClick={() => memory.forgetPreset(preset.name)}>
            Forget the preset
          </Button>
        )}
        {history.length > 0 && (
          <Button small onClick={() => memory.forgetHistory()}>
            Forget what was sent
          </Button>
        )}
        <span className="quiet">They stay in this browser.</span>
      </div>
    </details>
  );
}
