import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import classes from "./tabs.module.css";

interface TabsProps<T extends string> {
  /** For those who do not see what is chosen from. */
  readonly label: string;
  readonly tabs: readonly { readonly value: T; readonly title: ReactNode }[];
  readonly value: T;
  readonly change: (value: T) => void;
  /** Less weight, for tabs inside of tabs. */
  readonly isMinor?: boolean;
  /** What the chosen tab shows. */
  readonly children: ReactNode;
}

/** One of several views of the same thing; arrow keys go from one to the next. */
export function Tabs<T extends string>({
  label,
  tabs,
  value,
  change,
  isMinor = false,
  children,
}: TabsProps<T>) {
  return (
    <Base.Root value={value} onValueChange={(chosen) => change(chosen as T)}>
      <Base.List className={`${classes.list} ${isMinor ? classes.minor : ""}`} aria-label={label}>
        {tabs.map((tab) => (
          <Base.Tab key={tab.value} value={tab.value} className={classes.tab}>
            {tab.title}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel value={value} className={classes.panel}>
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
