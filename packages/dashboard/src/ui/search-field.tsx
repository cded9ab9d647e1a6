import { Search } from "lucide-react";
import classes from "./search-field.module.css";

interface SearchFieldProps {
  /** For those who do not see what it stands over. */
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

/** The filter of a screen; the key `/` puts the cursor into it. */
export function SearchField({ label, placeholder, value, change }: SearchFieldProps) {
  return (
    <span className={classes.search}>
      <Search aria-hidden />
      <input
        data-filter
        type="search"
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => change(event.target.value)}
      />
    </span>
  );
}
