import { CircleCheck, CircleHelp, CircleX } from "lucide-react";
import { useId } from "react";
import { Link } from "wouter";
import { useApp } from "../../api/apps.ts";
import type { Explanation, SignedKind } from "../../api/doctor.ts";
import { Badge, type Tone } from "../../ui/badge.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Fact, Facts } from "../../ui/facts.tsx";
import { CheckList } from "./check-list.tsx";
import classes from "./doctor.module.css";
import { Remedy } from "./remedy.tsx";
import { StringToSign } from "./string-to-sign.tsx";

interface DiagnosisProps {
  readonly appId: string;
  readonly kind: SignedKind;
  /** That it is about, where one is known. */
  readonly channel: string | null;
  readonly explanation: Explanation;
}

/** What is wrong, how to mend it, and what that rests on; the biggest first. */
export function Diagnosis({ appId, kind, channel, explanation }: DiagnosisProps) {
  const { cause, message, fix, string_to_sign: stringToSign, checks } = explanation;
  const app = useApp(appId);
  const id = useId();
  const { icon: Icon, verdict } = look(cause);
  return (
    <section className={classes.diagnosis} aria-labelledby={id}>
      <header className={classes.verdict} data-verdict={verdict}>
        <Icon aria-hidden />
        <div>
          <h2 id={id}>{message}.</h2>
          <p>{fix}</p>
        </div>
      </header>
      {verdict !== "good" && (
        <Remedy
          cause={cause}
          kind={kind}
          channel={channel}
          appId={appId}
          appKey={app.data?.keys[0]?.key ?? ""}
        />
      )}
      <div className={classes.grounds}>
        <CheckList checks={checks} />
        <div className={classes.evidence}>
          {stringToSign !== null && <StringToSign text={stringToSign} kind={kind} />}
          <Grounds appId={appId} explanation={explanation} />
        </div>
      </div>
    </section>
  );
}

function look(cause: string) {
  if (cause === "signature_valid") return { icon: CircleCheck, verdict: "good" } as const;
  if (cause === "unknown") return { icon: CircleHelp, verdict: "unknown" } as const;
  return { icon: CircleX, verdict: "bad" } as const;
}

const TONES: Readonly<Record<string, Tone>> = {
  current: "good",
  pending: "accent",
  retiring: "warn",
  revoked: "bad",
};

function Grounds({ appId, explanation }: { readonly appId: string; readonly explanation: Explanation }) {
  const { cause, message, matched_secret: matched, also, tried, evidence } = explanation;
  // What the sentence says already need not stand here again.
  const found = Object.entries(evidence).filter(([, value]) => !message.includes(String(value)));
  return (
    <Facts>
      {matched && (
        <Fact name="Made with">
          <Badge tone={TONES[matched.state] ?? "neutral"}>{matched.state}</Badge>
          <span>secret</span>
          {matched.fingerprint !== null && <code title="Its fingerprint">{matched.fingerprint}</code>}
          {matched.app_id !== appId && matched.app_id !== "" && (
            <span>
              of app <code>{matched.app_id}</code>
            </span>
          )}
          <Link href={`/apps/${encodeURIComponent(matched.app_id || appId)}/credentials`}>Credentials</Link>
        </Fact>
      )}
      {found.map(([name, value]) => (
        <Fact key={name} name={WORDS[name] ?? name}>
          <code>{value}</code>
        </Fact>
      ))}
      {also !== null && (
        <Fact name="Besides">
          <code>{also}</code>
        </Fact>
      )}
      {cause === "unknown" && tried.length > 0 && (
        <Fact name="Tried">
          <span>{tried.join(", ")}</span>
        </Fact>
      )}
      <Fact name="More about it">
        <span>
          docs/pitfalls.md, <code>{cause}</code>{" "}
          <CopyButton text={`docs/pitfalls.md#${cause}`} what="the place in the documentation" />
        </span>
      </Fact>
    </Facts>
  );
}

/** What the names in the evidence mean, where they do not say so themselves. */
const WORDS: Readonly<Record<string, string>> = {
  signed: "What was signed",
  otherSocketId: "Made for",
  otherChannel: "Made for",
  secretId: "Secret",
  app: "App",
  key: "Key",
  how: "How",
  tried: "Tried",
  signedPath: "Signed path",
  pathApp: "App in the path",
  signedMethod: "Signed method",
  signedLength: "Bytes signed",
  length: "Length",
  windowSeconds: "Allowed (s)",
  seconds: "Seconds",
  direction: "Direction",
};
