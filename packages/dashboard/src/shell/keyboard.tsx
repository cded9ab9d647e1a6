import { useMemo, useState } from "react";
import { Palette } from "./palette.tsx";
import { ShortcutSheet } from "./shortcut-sheet.tsx";
import { focusFilter, type Shortcut, useShortcuts, walkRows } from "./shortcuts.ts";

/** What the keys do on every screen. */
export function Keyboard({ appId }: { readonly appId: string | undefined }) {
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isSheetOpen, setSheetOpen] = useState(false);
  const shortcuts = useMemo(
    (): readonly Shortcut[] => [
      { key: "k", withModifier: true, run: () => setPaletteOpen(true) },
      { key: "?", run: () => setSheetOpen(true) },
      { key: "/", run: focusFilter },
      { key: "j", run: () => walkRows(1) },
      { key: "k", run: () => walkRows(-1) },
    ],
    [],
  );
  useShortcuts(shortcuts);
  return (
    <>
      <Palette isOpen={isPaletteOpen} setOpen={setPaletteOpen} appId={appId} />
      <ShortcutSheet isOpen={isSheetOpen} close={() => setSheetOpen(false)} />
    </>
  );
}
