import { useEffect, useState } from "react";

export type Theme = "system" | "light" | "dark";

const STORED_AS = "usher.theme";

/** The chosen theme, remembered by this browser. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    localStorage.setItem(STORED_AS, theme);
  }, [theme]);
  return [theme, setTheme];
}

function readTheme(): Theme {
  const stored = localStorage.getItem(STORED_AS);
  return stored === "light" || stored === "dark" ? stored : "system";
}
