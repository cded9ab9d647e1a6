import { Link } from "wouter";
import { useApps } from "../../api/apps.ts";
import { Badge } from "../../ui/badge.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";

const COLUMNS = [{ title: "Name" }, { title: "Id" }, { title: "State" }, { title: "Created" }];

export function Apps() {
  const apps = useApps();
  return (
    <Page title="Apps" lead="Each app has its own keys, channels and limits.">
      <Panel title="All apps">
        <Loaded query={apps}>
          {({ items }) => (
            <Table caption="Apps" columns={COLUMNS}>
              {items.map(({ id, name, enabled, created_at }) => (
                <tr key={id}>
                  <td>
                    <Link href={`/apps/${encodeURIComponent(id)}`}>{name}</Link>
                  </td>
                  <td className="mono">{id}</td>
                  <td>{enabled ? <Badge tone="good">enabled</Badge> : <Badge tone="bad">disabled</Badge>}</td>
                  <td>
                    <Ago at={created_at} />
                  </td>
                </tr>
              ))}
            </Table>
          )}
        </Loaded>
      </Panel>
    </Page>
  );
}
