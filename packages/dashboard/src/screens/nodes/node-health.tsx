import { CircleAlert, CircleCheck } from "lucide-react";
import type { Node } from "../../api/nodes.ts";
import { counted } from "../../ui/numbers.ts";
import { problemsOf } from "./node-problems.ts";
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
