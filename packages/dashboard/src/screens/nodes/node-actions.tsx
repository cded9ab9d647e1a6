import { useState } from "react";
import { type Node, useNodeOrder } from "../../api/nodes.ts";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { counted } from "../../ui/numbers.ts";
import { say, sayFailed } from "../../ui/toasts.tsx";

interface NodeActionsProps {
  readonly node: Node;
  /** Servers that could take its clients. */
  readonly othersInService: number;
}

/** Takes a server out of service, or puts it back; nothing for who may only look, and nothing about one that stops. */
export function NodeActions({ node, othersInService }: NodeActionsProps) {
  if (!useMay("operator")) return null;
  if (node.drain_requested_at !== null) return <Resume node={node} />;
  return node.is_draining ? null : <Drain node={node} othersInService={othersInService} />;
}

function Drain({ node, othersInService }: NodeActionsProps) {
  const [isOpen, setIsOpen] = useState(false);
  const drain = useNodeOrder(node.id, "drain");
  const close = () => setIsOpen(false);
  const run = () =>
    drain.mutate(undefined, {
      onSuccess: () => {
        close();
        say("Draining", `${node.name} is not ready any more.`);
      },
      onError: sayFailed,
    });
  return (
    <>
      <Button small aria-label={`Drain ${node.name}`} onClick={() => setIsOpen(true)}>
        Drain
      </Button>
      <Confirm
        title={`Drain ${node.name}`}
        isOpen={isOpen}
        close={close}
        action="Drain it"
        isPending={drain.isPending}
        run={run}
      >
        <p>
          It takes no new clients, and sends those away that it has ({counted(node.connections, "connection")}
          ), in batches with 4200: they come back at once, with a new socket id, and ask your endpoint for
          each authorization anew. Its HTTP API goes on. It stays out of service until it is resumed or
          started anew.
        </p>
        {othersInService === 0 && (
          <p>
            <strong>No other server is in service:</strong> its clients have nowhere to go, and are refused
            each second until one is.
          </p>
        )}
      </Confirm>
    </>
  );
}

function Resume({ node }: { readonly node: Node }) {
  const resume = useNodeOrder(node.id, "resume");
  const run = () =>
    resume.mutate(undefined, {
      onSuccess: () => say("Back in service", `${node.name} takes clients again.`),
      onError: sayFailed,
    });
  return (
    <Button small aria-label={`Resume ${node.name}`} disabled={resume.isPending} onClick={run}>
      Resume
    </Button>
  );
}
