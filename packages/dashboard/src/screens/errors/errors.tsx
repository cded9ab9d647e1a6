import { useMemo, useState } from "react";
import { type ErrorGroup, useErrors } from "../../api/stats.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { Page } from "../../ui/page.tsx";
import { RangePicker, rangeInWords, useRange } from "../../ui/range-picker.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { useSteadyRows } from "../../ui/use-steady-rows.ts";
import type { ScreenProps } from "../screens.ts";
import { ErrorCard } from "./error-card.tsx";
import classes from "./errors.module.css";

/** Everything that was refused or ended, grouped by what is wrong. */
export function Errors({ params: { id = "" } }: ScreenProps) {
  const [range, setRange] = useRange();
  const [sought, setSought] = useState("");
  const errors = useErrors(id, range);
  return (
    <Page
      title="Errors"
      lead={`What was refused or ended in ${rangeInWords(range)}, grouped by code and cause, with what to do about it.`}
      actions={<RangePicker range={range} setRange={setRange} />}
    >
      <Loaded query={errors} rows={6}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={`Nothing went wrong in ${rangeInWords(range)}`}>
              <p>Refused subscriptions, requests and connections show here, seconds after they happen.</p>
            </EmptyState>
          ) : (
            <>
              <div>
                <SearchField
                  label="Filter the errors"
                  placeholder="Code, cause or text"
                  value={sought}
                  change={setSought}
                />
              </div>
              <Groups key={range} appId={id} items={items} sought={sought} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

interface GroupsProps {
  readonly appId: string;
  readonly items: readonly ErrorGroup[];
  readonly sought: string;
}

function Groups({ appId, items, sought }: GroupsProps) {
  const found = useMemo(
    () => items.filter((group) => isAbout(group, sought.trim().toLowerCase())),
    [items, sought],
  );
  const { rows, hold } = useSteadyRows(found, keyOf, sought);
  const total = found.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(1, ...found.map(({ count }) => count));
  return (
    <div {...hold}>
      <p className="quiet" role="status">
        {found.length === 0
          ? "Nothing fits the filter."
          : `${whole(total)} in ${whole(found.length)} ${found.length === 1 ? "group" : "groups"}, the most frequent first.`}
      </p>
      <ul className={classes.groups}>
        {rows.map(({ item }) => (
          <ErrorCard key={keyOf(item)} appId={appId} group={item} most={most} />
        ))}
      </ul>
    </div>
  );
}

function keyOf({ operation, code, cause }: ErrorGroup): string {
  return [operation, code, cause].join(" ");
}

function isAbout({ operation, code, cause, message }: ErrorGroup, text: string): boolean {
  return [operation, code, cause ?? "", message].some((each) => each.toLowerCase().includes(text));
}
