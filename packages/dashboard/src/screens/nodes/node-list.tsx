import type { Node } from "../../api/nodes.ts";
import { Badge } from "../../ui/badge.tsx";
import { lasting, whole } from "../../ui/numbers.ts";
import { EmptyState } from "../../ui/state.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { NodeActions } from "./node-actions.tsx";

const COLUMNS = [
  { title: "Node" },
  { title: "State" },
  { title: "Connections", isNumber: true },
  { title: "Version" },
  { title: "Up for" },
  { title: "Changes applied" },
  { title: "Last heard of" },
  { title: "What can be done", isHidden: true },
];

/** The servers that share this database, and how each of them is. */
export function NodeList({ nodes }: { readonly nodes: readonly Node[] }) {
  if (nodes.length === 0) {
    return (
      <EmptyState title="No server is running">
        <p>
          Start one with <code>usher serve</code>.
        </p>
      </EmptyState>
    );
  }
  const newest = newestOf(nodes);
  return (
    <Table caption="How each server is" columns={COLUMNS} isStacking>
      {nodes.map((node) => (
        <tr key={node.id}>
          <td data-title="Node" className="mono">
            {node.name}
          </td>
          <td data-title="State">
            <NodeState node={node} />
          </td>
          <td data-title="Connections" className={NUMBER_CELL}>
            {node.is_live ? whole(node.connections) : "–"}
          </td>
          <td data-title="Version">
            {node.version}{" "}
            {node.is_live && node.version !== newest.version && <Badge tone="warn">not the newest</Badge>}
          </td>
          <td data-title="Up for">
            {node.is_live ? lasting(Date.parse(node.seen_at) - Date.parse(node.started_at)) : "–"}
          </td>
          <td data-title="Changes applied">
            <Applied node={node} latest={newest.revision} />
          </td>
          <td data-title="Last heard of">
            <Ago at={node.seen_at} />
          </td>
          <td data-title="">
            {node.is_live && <NodeActions node={node} othersInService={inServiceBesides(node, nodes)} />}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function NodeState({ node }: { readonly node: Node }) {
  if (!node.is_live) return <Badge tone="bad">not heard of</Badge>;
  if (node.is_draining) return <Badge tone="warn">{node.connections === 0 ? "drained" : "draining"}</Badge>;
  if (node.bus.state === "down") return <Badge tone="bad">cut off</Badge>;
  return <Badge tone="good">healthy</Badge>;
}

/** How many others could take its clients. */
function inServiceBesides({ id }: Node, nodes: readonly Node[]): number {
  return nodes.filter((node) => node.is_live && !node.is_draining && node.id !== id).length;
}

/** Numbers of revisions mean nothing to people; being behind does. */
function Applied({ node, latest }: { readonly node: Node; readonly latest: number }) {
  if (!node.is_live) return "–";
  if (node.applied_revision >= latest) return "all";
  return <Badge tone="warn">{latest - node.applied_revision} behind</Badge>;
}

/** What the node that started last runs, and the latest changes that any live node shows. */
function newestOf(nodes: readonly Node[]) {
  const live = nodes.filter(({ is_live }) => is_live);
  const last = live.at(-1) ?? nodes.at(-1);
  return {
    version: last?.version ?? "",
    revision: Math.max(0, ...live.map(({ applied_revision }) => applied_revision)),
  };
}
