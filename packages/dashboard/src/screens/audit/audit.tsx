import { useSearchParams } from "wouter";
import { useApps } from "../../api/apps.ts";
import { type AuditActor, type AuditEntry, type AuditFilter, useAudit } from "../../api/audit.ts";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { Page } from "../../ui/page.tsx";
import { Pager, type Paging, usePaging } from "../../ui/paging.tsx";
import { Panel } from "../../ui/panel.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { useSteadyRows } from "../../ui/use-steady-rows.ts";
import { ActorFilter } from "./actor-filter.tsx";
import classes from "./audit.module.css";
import { AuditRow } from "./audit-row.tsx";
import { ACTIONS } from "./sentence.ts";

/** Who did what, when, and from where. */
export function Audit() {
  const [parameters, setParameters] = useSearchParams();
  const filter: AuditFilter = {
    app_id: parameters.get("app_id") ?? "",
    action: parameters.get("action") ?? "",
    actor_id: parameters.get("actor_id") ?? "",
  };
  const of = JSON.stringify(filter);
  const paging = usePaging(of);
  const entries = useAudit(filter, paging);
  const change = (changes: Partial<AuditFilter>) =>
    setParameters(
      Object.entries({ ...filter, ...changes }).filter(([, value]) => value !== ""),
      { replace: true },
    );
  return (
    <Page title="Audit" lead="Who did what, when, and from where. Nothing is ever changed or taken out.">
      <Panel title="Entries, the latest first">
        <Filters filter={filter} change={change} seen={entries.data?.items.map(({ actor }) => actor) ?? []} />
        <Loaded query={entries} rows={8}>
          {({ items, next_cursor }) =>
            items.length === 0 ? (
              <EmptyState title="No entry fits">
                <Button onClick={() => change({ app_id: "", action: "", actor_id: "" })}>
                  Show all entries
                </Button>
              </EmptyState>
            ) : (
              <Entries
                entries={items}
                of={entries.isPlaceholderData ? undefined : `${of} ${paging.cursor ?? ""}`}
                paging={paging}
                nextCursor={next_cursor}
              />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}

interface FiltersProps {
  readonly filter: AuditFilter;
  readonly change: (changes: Partial<AuditFilter>) => void;
  readonly seen: readonly AuditActor[];
}

function Filters({ filter, change, seen }: FiltersProps) {
  const apps = useApps();
  const known = apps.data?.items ?? [];
  const isGone = filter.app_id !== "" && known.every(({ id }) => id !== filter.app_id);
  return (
    <div className={classes.filters}>
      <SelectField
        label="App"
        value={filter.app_id}
        onChange={(event) => change({ app_id: event.target.value })}
      >
        <option value="">All</option>
        {isGone && <option value={filter.app_id}>{filter.app_id}</option>}
        {known.map(({ id, name }) => (
          <option key={id} value={id}>
            {name} ({id})
          </option>
        ))}
      </SelectField>
      <SelectField
        label="What"
        value={filter.action}
        onChange={(event) => change({ action: event.target.value })}
      >
        <option value="">All</option>
        {ACTIONS.map((action) => (
          <option key={action} value={action}>
            {action}
          </option>
        ))}
      </SelectField>
      <ActorFilter value={filter.actor_id} change={(actor_id) => change({ actor_id })} seen={seen} />
    </div>
  );
}

interface EntriesProps {
  readonly entries: readonly AuditEntry[];
  readonly of: string | undefined;
  readonly paging: Paging;
  readonly nextCursor: string | null;
}

function Entries({ entries, of, paging, nextCursor }: EntriesProps) {
  const { rows, waiting, hold } = useSteadyRows(entries, ({ id }) => id, of);
  const apps = useApps();
  const nameOf = (appId: string) => apps.data?.items.find(({ id }) => id === appId)?.name;
  return (
    <>
      {waiting > 0 && <p className={classes.waiting}>{whole(waiting)} more since you look here</p>}
      <ol className={classes.entries} {...hold}>
        {rows.map(({ item }) => (
          <AuditRow
            key={item.id}
            entry={item}
            appName={item.app_id === null ? undefined : nameOf(item.app_id)}
          />
        ))}
      </ol>
      <Pager paging={paging} nextCursor={nextCursor} />
    </>
  );
}
