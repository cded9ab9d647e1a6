import { useNodes } from "../../api/nodes.ts";
import { Loaded } from "../../ui/loaded.tsx";
import { counted } from "../../ui/numbers.ts";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { NodeHealth } from "./node-health.tsx";
import { NodeList } from "./node-list.tsx";

/** Which servers there are, and whether all of them are well. */
export function Nodes() {
  const nodes = useNodes();
  const live = nodes.data?.items.filter(({ is_live }) => is_live) ?? [];
  return (
    <Page
      title="Nodes"
      lead="The servers that share this database. Each tells of itself every 5 seconds; one that was not heard of for 15 counts as gone."
    >
      <Loaded query={nodes} rows={2}>
        {({ items }) => <NodeHealth nodes={items} />}
      </Loaded>
      <Panel title={nodes.data ? counted(live.length, "server") : "Servers"}>
        <Loaded query={nodes}>{({ items }) => <NodeList nodes={items} />}</Loaded>
      </Panel>
    </Page>
  );
}
