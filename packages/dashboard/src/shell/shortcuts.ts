import { useEffect } from "react";

export interface Shortcut {
  /** As `KeyboardEvent.key` has it. */
  readonly key: string;
  /** With Control or Command held. */
  readonly withModifier?: boolean;
  readonly run: () => void;
}

/** Runs what a key stands for, unless somebody is typing: then only keys with a modifier count. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const hasModifier = event.ctrlKey || event.metaKey;
      if (event.altKey || event.defaultPrevented || (!hasModifier && isTyping(event.target))) return;
      const match = shortcuts.find(
        ({ key, withModifier = false }) =>
          key.toLowerCase() === event.key.toLowerCase() && withModifier === hasModifier,
      );
      if (!match) return;
      event.preventDefault();
      match.run();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [shortcuts]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

/** Puts the cursor into the screen's filter, the field that is marked `data-filter`. */
export function focusFilter(): void {
  document.querySelector<HTMLInputElement>("[data-filter]")?.focus();
}

/** Walks through the rows that are marked `data-row`, each of which can hold the focus. */
export function walkRows(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step;
  rows[next]?.focus();
}
