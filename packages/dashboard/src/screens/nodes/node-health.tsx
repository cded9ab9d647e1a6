import { CircleAlert, CircleCheck } from "lucide-react";
import type { Node } from "../../api/nodes.ts";
import { counted } from "../../ui/numbers.ts";
import classes from "./nodes.module.css";

/** Whether anything is wrong with the servers, in a sentence for each thing that is. */
export function NodeHealth({ nodes }: { readonly nodes: readonly Node[] }) {
  const problems = problemsOf(nodes);
  const isWell = problems.length === 0;
  const Icon = isWell ? CircleCheck : CircleAlert;
  const connections = nodes.reduce((sum, node) => sum + (node.is_live ? node.connections : 0), 0);
  return (
    <div className={classes.health} data-well={isWell} role="status">
      <Icon aria-hidden />
      <div>
        <strong>{isWell ? "All servers are well" : "Look after this"}</strong>
        {isWell ? (
          <p>They hold {counted(connections, "connection")} and show the same apps and secrets.</p>
        ) : (
          <ul>
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function problemsOf(nodes: readonly Node[]): readonly string[] {
  const live = nodes.filter(({ is_live }) => is_live);
  const latest = Math.max(0, ...live.map(({ applied_revision }) => applied_revision));
  const versions = [...new Set(live.map(({ version }) => version))];
  return [
    ...nodes
      .filter(({ is_live }) => !is_live)
      .map(({ name }) => `${name} has not been heard of: it crashed, or it cannot reach the database.`),
    ...live
      .filter(({ is_draining }) => is_draining)
      .map(({ name }) => `${name} is draining: its clients are being sent to the others.`),
    ...live
      .filter(({ applied_revision }) => applied_revision < latest)
      .map(({ name }) => `${name} does not show the latest change of an app or a secret yet.`),
    ...(versions.length > 1 ? [`The servers run different versions: ${versions.join(", ")}.`] : []),
  ];
}
