import { Circle, CircleCheck, CircleHelp, CircleX, type LucideIcon } from "lucide-react";
import type { CheckState, Explanation } from "../../api/doctor.ts";
import classes from "./doctor.module.css";

const STATES: Readonly<Record<CheckState, { readonly icon: LucideIcon; readonly word: string }>> = {
  passed: { icon: CircleCheck, word: "passed" },
  failed: { icon: CircleX, word: "failed" },
  doubtful: { icon: CircleHelp, word: "look here" },
  not_reached: { icon: Circle, word: "not reached" },
};

const NAMES: Readonly<Record<string, string>> = {
  answer: "The endpoint answers with JSON",
  auth_value: "auth is key:signature",
  parameters: "The request is signed",
  key: "The key is this app's",
  app: "The app id is the key's",
  timestamp: "The time is right",
  digest: "The signature is lower-case hex SHA-256",
  member_data: "channel_data is a member",
  user_data: "user_data is a user",
  secret: "It was made with the key's secret",
  text: "It was made of the right text",
  body: "The body is the one that was signed",
  shared_secret: "shared_secret is 32 bytes in base64",
};

/** What was looked at, one after the other, and where it ended. */
export function CheckList({ checks }: Pick<Explanation, "checks">) {
  return (
    <div className={classes.checks}>
      <h3>Checks</h3>
      <ol>
        {checks.map(({ name, state }) => {
          const { icon: Icon, word } = STATES[state];
          return (
            <li key={name} data-state={state}>
              <Icon aria-hidden />
              <span>{NAMES[name] ?? name}</span>
              <span className={classes.word}>{word}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
