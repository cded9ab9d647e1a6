import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import type { CheckedRequest, EndpointReport } from "../../api/doctor.ts";
import { Badge } from "../../ui/badge.tsx";
import classes from "./doctor.module.css";

/** What an endpoint did right and wrong; what fails comes first. */
export function EndpointFindings({ report }: { readonly report: EndpointReport }) {
  const { requests } = report;
  const problems = requests.flatMap((each) => each.problems);
  const fails = problems.filter(({ level }) => level === "fails").length;
  const warnings = problems.length - fails;
  const title =
    fails > 0
      ? `${counted(fails, "fault")} in ${counted(requests.length, "request")}`
      : `Nothing fails in ${counted(requests.length, "request")}`;
  const also = warnings > 0 ? `, and ${counted(warnings, "warning")}` : "";
  const sorted = requests.toSorted((a, b) => weight(b) - weight(a));
  return (
    <section className={classes.diagnosis} aria-label="What the endpoint answers">
      <header className={classes.verdict} data-verdict={fails > 0 ? "bad" : "good"}>
        {fails > 0 ? <CircleX aria-hidden /> : <CircleCheck aria-hidden />}
        <div>
          <h2>
            {title}
            {also}.
          </h2>
          <p>{firstFix(sorted)}</p>
        </div>
      </header>
      <ol className={classes.requests}>
        {sorted.map((request) => (
          <Request key={request.name} request={request} />
        ))}
      </ol>
    </section>
  );
}

function Request({
  request: { name, method, status, client, problems },
}: {
  readonly request: CheckedRequest;
}) {
  const isFailing = problems.some(({ level }) => level === "fails");
  const state = isFailing ? "failed" : problems.length > 0 ? "doubtful" : "passed";
  const Icon = isFailing ? CircleX : problems.length > 0 ? TriangleAlert : CircleCheck;
  return (
    <li data-state={state}>
      <div className={classes.requestHead}>
        <Icon aria-hidden />
        <strong>{name}</strong>
        <code>
          {method} {status ?? "no answer"}
        </code>
        <Badge tone={isFailing ? "bad" : problems.length > 0 ? "warn" : "good"}>
          {isFailing ? "fails" : problems.length > 0 ? "warning" : "passed"}
        </Badge>
      </div>
      {problems.length > 0 && (
        <>
          <p className="quiet">pusher-js {client}.</p>
          <ul>
            {failsFirst(problems).map(({ code, message, fix }) => (
              <li key={code}>
                <p>
                  <code>{code}</code> {upperFirst(message)}.
                </p>
                <p>{inWordsOfTheForm(fix)}</p>
              </li>
            ))}
          </ul>
        </>
      )}
    </li>
  );
}

function failsFirst(problems: CheckedRequest["problems"]): CheckedRequest["problems"] {
  return problems.toSorted((a, b) => a.level.localeCompare(b.level));
}

function weight({ problems }: CheckedRequest): number {
  return problems.some(({ level }) => level === "fails") ? 2 : Math.min(problems.length, 1);
}

function firstFix(requests: readonly CheckedRequest[]): string {
  const problems = requests.flatMap((request) => request.problems);
  const first = problems.find(({ level }) => level === "fails") ?? problems[0];
  if (!first) return "pusher-js gets what it needs, and what must be refused is refused.";
  return inWordsOfTheForm(first.fix);
}

/** The texts are the command line's; here its options are fields. */
function inWordsOfTheForm(text: string): string {
  return text
    .replace("--header and --param send it here", "the headers above send it here")
    .replace("--header or --param", "the headers above");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
