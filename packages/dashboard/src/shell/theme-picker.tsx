import { SelectField } from "../ui/field.tsx";
import { type Theme, useTheme } from "./theme.ts";

export function ThemePicker() {
  const [theme, setTheme] = useTheme();
  return (
    <SelectField label="Theme" value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
      <option value="system">As the system</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </SelectField>
  );
}
