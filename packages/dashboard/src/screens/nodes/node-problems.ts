import type { Node } from "../../api/nodes.ts";

/** What is wrong with the servers, a sentence each; nothing, it is hoped. */
export function problemsOf(nodes: readonly Node[]): readonly string[] {
  const live = nodes.filter(({ is_live }) => is_live);
  const latest = Math.max(0, ...live.map(({ applied_revision }) => applied_revision));
  const versions = [...new Set(live.map(({ version }) => version))];
  return [
    ...nodes
      .filter(({ is_live }) => !is_live)
      .map(({ name }) => `${name} has not been heard of: it crashed, or it cannot reach the database.`),
    ...live.filter(({ is_draining }) => is_draining).map(drainOf),
    ...live
      .filter(({ bus }) => bus.state === "down")
      .map(({ name }) => `${name} does not hear the others: it cannot reach Redis.`),
    ...live
      .filter(({ applied_revision }) => applied_revision < latest)
      .map(({ name }) => `${name} does not show the latest change of an app or a secret yet.`),
    ...(versions.length > 1 ? [`The servers run different versions: ${versions.join(", ")}.`] : []),
  ];
}

function drainOf({ name, connections }: Node): string {
  return connections === 0
    ? `${name} is drained: it takes no clients until it is resumed.`
    : `${name} is draining: its clients are being sent to the others.`;
}
