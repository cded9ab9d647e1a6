import { useState } from "react";
import { Link } from "wouter";
import { useApps } from "../../api/apps.ts";
import { isAtLeast, useSession } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { whole } from "../../ui/numbers.ts";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SearchField } from "../../ui/search-field.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { CreateApp } from "./create-app.tsx";
import { ExportButton } from "./export-button.tsx";
import { ImportDialog } from "./import-dialog.tsx";

const COLUMNS = [
  { title: "Name" },
  { title: "Id" },
  { title: "State" },
  { title: "Connections", isNumber: true },
  { title: "Channels", isNumber: true },
  { title: "Created" },
];

export function Apps() {
  const apps = useApps();
  const [dialog, setDialog] = useState<"create" | "import" | undefined>();
  const [filter, setFilter] = useState("");
  const isOwner = isAtLeast(useSession().data?.principal.role, "owner");
  const close = () => setDialog(undefined);
  const actions = isOwner && (
    <>
      <Button onClick={() => setDialog("import")}>Import</Button>
      <ExportButton appId={undefined} />
      <Button kind="primary" onClick={() => setDialog("create")}>
        Create an app
      </Button>
    </>
  );
  return (
    <Page title="Apps" lead="Each app has its own keys, channels and limits." actions={actions}>
      <Panel
        title="All apps"
        actions={
          <SearchField label="Filter the apps" placeholder="Name or id" value={filter} change={setFilter} />
        }
      >
        <Loaded query={apps}>
          {({ items }) => {
            if (items.length === 0) return <NoApps />;
            const shown = items.filter(({ id, name }) =>
              `${name} ${id}`.toLowerCase().includes(filter.toLowerCase()),
            );
            if (shown.length === 0) {
              return <EmptyState title="No app is called that">Clear the filter to see them all.</EmptyState>;
            }
            return (
              <Table isStacking caption="Apps" columns={COLUMNS}>
                {shown.map(({ id, name, enabled, live, created_at }) => (
                  <tr key={id}>
                    <td>
                      <Link data-row href={`/apps/${encodeURIComponent(id)}`}>
                        {name}
                      </Link>
                    </td>
                    <td className="mono">{id}</td>
                    <td>
                      <Badge tone={enabled ? "good" : "bad"}>{enabled ? "enabled" : "disabled"}</Badge>
                    </td>
                    <td className={NUMBER_CELL}>{whole(live?.connections ?? 0)}</td>
                    <td className={NUMBER_CELL}>{whole(live?.channels ?? 0)}</td>
                    <td>
                      <Ago at={created_at} />
                    </td>
                  </tr>
                ))}
              </Table>
            );
          }}
        </Loaded>
      </Panel>
      <CreateApp isOpen={dialog === "create"} close={close} />
      <ImportDialog isOpen={dialog === "import"} close={close} />
    </Page>
  );
}

function NoApps() {
  return (
    <EmptyState title="There is no app yet">
      <p>Create one, or bring in those of another server.</p>
      <pre>usher import soketi .env</pre>
    </EmptyState>
  );
}
