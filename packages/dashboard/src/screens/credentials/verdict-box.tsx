import { CircleAlert, CircleCheck } from "lucide-react";
import type { Verdict } from "../../api/secrets.ts";
import classes from "./credentials.module.css";

interface VerdictBoxProps {
  readonly verdict: Verdict;
  readonly yes: string;
  readonly no: string;
}

/** Yes or no, and why. */
export function VerdictBox({ verdict, yes, no }: VerdictBoxProps) {
  const Icon = verdict.safe ? CircleCheck : CircleAlert;
  return (
    <div className={classes.verdict} data-safe={verdict.safe} role="status">
      <Icon aria-hidden />
      <div>
        <strong>{verdict.safe ? yes : no}</strong>
        {verdict.reasons.length > 0 && (
          <ul>
            {verdict.reasons.map(({ code, message }) => (
              <li key={code + message}>{message}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
