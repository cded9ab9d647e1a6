import type { SecretsStatus } from "../../api/secrets.ts";
import classes from "./credentials.module.css";

const STEPS = [
  { title: "Generate", about: "A new secret; both are accepted" },
  { title: "Deploy", about: "Your servers sign with it" },
  { title: "Activate", about: "It takes over; the old one retires" },
  { title: "Revoke", about: "The old one is refused" },
] as const;

/** Where a rotation stands, as one line of four steps. */
export function RotationSteps({ status }: { readonly status: SecretsStatus }) {
  const at = currentStep(status);
  return (
    <ol className={classes.steps} aria-label="Steps of a rotation">
      {STEPS.map(({ title, about }, index) => (
        <li key={title} data-state={index < at ? "done" : index === at ? "now" : "later"}>
          <strong aria-current={index === at ? "step" : undefined}>{title}</strong>
          <span>{about}</span>
        </li>
      ))}
    </ol>
  );
}

/** The index of the step that is to be taken next. */
function currentStep({ secrets, safe_to_activate }: SecretsStatus): number {
  if (secrets.some(({ state }) => state === "pending")) return safe_to_activate.safe ? 2 : 1;
  return secrets.some(({ state }) => state === "retiring") ? 3 : 0;
}
