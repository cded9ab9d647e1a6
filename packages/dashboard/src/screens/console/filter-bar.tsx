import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from "react";
import { type ConsoleFilter, consoleAsCurl, ENTRY_TYPES, type EntryType } from "../../api/console.ts";
import { CopyButton } from "../../ui/copy.tsx";
import classes from "./console.module.css";
import { LOOKS } from "./entry-look.ts";

/** So long after the last key the query is applied without Enter. */
const PAUSE_MS = 500;

interface FilterBarProps {
  readonly appId: string;
  readonly filter: ConsoleFilter;
  readonly setFilter: (changes: Partial<ConsoleFilter>) => void;
}

/** What the server is to send: some kinds of entries, and those that match a query. */
export function FilterBar({ appId, filter, setFilter }: FilterBarProps) {
  const { types, query } = filter;
  const toggle = (type: EntryType) =>
    setFilter({
      types: types.includes(type) ? types.filter((other) => other !== type) : [...types, type],
    });
  return (
    <div className={classes.filters}>
      <QueryField query={query} apply={(text) => setFilter({ query: text })}>
        <Syntax command={consoleAsCurl(appId, filter)} />
      </QueryField>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame and a legend. */}
      <div className={classes.chips} role="group" aria-label="Kinds of entries">
        <Chip title="all" isOn={types.length === 0} toggle={() => setFilter({ types: [] })} />
        {ENTRY_TYPES.map((type) => (
          <Chip
            key={type}
            title={LOOKS[type].title}
            isOn={types.includes(type)}
            toggle={() => toggle(type)}
          />
        ))}
      </div>
    </div>
  );
}

interface ChipProps {
  readonly title: string;
  readonly isOn: boolean;
  readonly toggle: () => void;
}

function Chip({ title, isOn, toggle }: ChipProps) {
  return (
    <button type="button" className={classes.chip} aria-pressed={isOn} onClick={toggle}>
      {title}
    </button>
  );
}

interface QueryFieldProps {
  readonly query: string;
  readonly apply: (query: string) => void;
  /** Help, for whoever asks for it. */
  readonly children: ReactNode;
}

function QueryField({ query, apply, children }: QueryFieldProps) {
  const id = useId();
  const [text, setText] = useState(query);
  useEffect(() => setText(query), [query]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key begins another wait, and nothing else does.
  useEffect(() => {
    if (text === query) return undefined;
    const timer = setTimeout(() => apply(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, query]);
  const onKeyDown = ({ key, currentTarget }: KeyboardEvent<HTMLInputElement>) => {
    if (key === "Enter") apply(text);
    if (key === "Escape") currentTarget.blur();
  };
  return (
    <div className={classes.query}>
      <label className="visually-hidden" htmlFor={id}>
        Filter
      </label>
      <input
        id={id}
        type="search"
        data-filter
        className={classes.queryInput}
        value={text}
        placeholder="channel:private-* user:7 -event:tick"
        autoComplete="off"
        spellCheck={false}
        maxLength={500}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <details className={classes.help}>
        <summary>How to filter</summary>
        {children}
      </details>
    </div>
  );
}

const EXAMPLES = [
  ["channel:private-orders", "exactly this channel"],
  ["channel:presence-*", "channels that begin so"],
  ["user:7 socket:12.34", "both must match"],
  ["-event:tick", "not this event"],
  ["timeout", "this text anywhere"],
  ["code:wrong_secret", "refused for this cause; also close codes and webhooks' statuses"],
  ["client:  address:  secret:  webhook:", "more fields"],
] as const;

function Syntax({ command }: { readonly command: string }) {
  return (
    <div className={classes.syntax}>
      <p>
        The server sends only what matches all words. Case does not count. A link to this page keeps them.
      </p>
      <dl className={classes.examples}>
        {EXAMPLES.map(([example, meaning]) => (
          <div key={example}>
            <dt className="mono">{example}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div>
        The same in a terminal, with a token of scope <code>live:read</code>:
        <CopyButton text={command} what="it as a curl command" label="curl" />
      </div>
    </div>
  );
}
