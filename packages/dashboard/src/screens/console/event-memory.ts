import { useState } from "react";
import type { EventDraft } from "./event-draft.ts";

export interface Preset {
  readonly name: string;
  readonly draft: EventDraft;
}

interface Memory {
  readonly presets: readonly Preset[];
  /** The latest first. */
  readonly history: readonly EventDraft[];
}

const NOTHING: Memory = { presets: [], history: [] };
const MOST_PRESETS = 20;
const MOST_HISTORY = 10;
/** Longer data is not remembered: it would fill what the browser keeps for the whole site. */
const LONGEST_DATA = 10_000;

/** Events that somebody typed and sent or kept, in this browser. */
export function useEventMemory(appId: string) {
  const key = `usher:events:${appId}`;
  const [memory, setMemory] = useState(() => readMemory(key));
  const change = (changes: Partial<Memory>) => {
    const after = { ...memory, ...changes };
    setMemory(after);
    writeMemory(key, after);
  };
  return {
    ...memory,
    remember(draft: EventDraft) {
      if (draft.data.length > LONGEST_DATA) return;
      const others = memory.history.filter((other) => !isSame(other, draft));
      change({ history: [draft, ...others].slice(0, MOST_HISTORY) });
    },
    keep(name: string, draft: EventDraft) {
      if (draft.data.length > LONGEST_DATA) return;
      const others = memory.presets.filter((preset) => preset.name !== name);
      change({ presets: [{ name, draft }, ...others].slice(0, MOST_PRESETS) });
    },
    forgetPreset: (name: string) =>
      change({ presets: memory.presets.filter((preset) => preset.name !== name) }),
    forgetHistory: () => change({ history: [] }),
  };
}

function readMemory(key: string): Memory {
  try {
    return { ...NOTHING, ...(JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Memory>) };
  } catch {
    return NOTHING;
  }
}

function writeMemory(key: string, memory: Memory): void {
  try {
    localStorage.setItem(key, JSON.stringify(memory));
  } catch {
    // Full, or not allowed here: then it lasts as long as the page.
  }
}

function isSame(a: EventDraft, b: EventDraft): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
