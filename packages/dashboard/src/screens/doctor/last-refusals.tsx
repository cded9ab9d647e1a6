import { Link, useSearchParams } from "wouter";
import { type Refusal, useRefusals } from "../../api/doctor.ts";
import { Badge } from "../../ui/badge.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Ago } from "../../ui/time.tsx";
import classes from "./doctor.module.css";
import { RefusalDetail } from "./refusal-detail.tsx";
import { isAbout, type RefusalGroup, refusalGroups } from "./refusal-groups.ts";

/** What was refused lately, grouped by why; one of them is open. */
export function LastRefusals({ appId }: { readonly appId: string }) {
  const refusals = useRefusals(appId);
  return (
    <Loaded query={refusals} rows={5}>
      {({ items, since }) =>
        items.length === 0 ? (
          <EmptyState title="Nothing was refused">
            <p>
              Neither a client nor a server, since this server started <Ago at={since} />. What is refused
              from now on shows here by itself; a refusal from elsewhere can be pasted.
            </p>
            <Link
              className={buttonClass("primary")}
              href={`/apps/${encodeURIComponent(appId)}/doctor?way=paste`}
            >
              Paste a refusal
            </Link>
          </EmptyState>
        ) : (
          <Browse appId={appId} refusals={items} />
        )
      }
    </Loaded>
  );
}

function Browse({ appId, refusals }: { readonly appId: string; readonly refusals: readonly Refusal[] }) {
  const [search, setSearch] = useSearchParams();
  const wantedId = search.get("refusal");
  const wantedCode = search.get("code");
  const wanted = refusals.find(({ id }) => id === wantedId);
  const isGone = wantedId !== null && !wanted;
  const open =
    wanted ?? refusals.find((refusal) => wantedCode !== null && isAbout(refusal, wantedCode)) ?? refusals[0];
  if (!open) return null;
  const groups = refusalGroups(refusals);
  const group = groups.find((each) => each.refusals.includes(open));
  const show = (id: string) => setSearch({ refusal: id }, { replace: true });
  return (
    <>
      {isGone && (
        <p className={classes.note} role="status">
          The refusal that the link leads to is not kept any more; only the last hundred are. This is the
          latest.
        </p>
      )}
      <div className={classes.browse}>
        <ul className={classes.groups} aria-label="Refusals by reason">
          {groups.map((each) => (
            <li key={each.key}>
              <GroupButton group={each} isOpen={each === group} open={() => show(each.refusals[0].id)} />
            </li>
          ))}
        </ul>
        <RefusalDetail appId={appId} refusal={open} alike={group?.refusals ?? [open]} show={show} />
      </div>
    </>
  );
}

function GroupButton({
  group,
  isOpen,
  open,
}: {
  readonly group: RefusalGroup;
  readonly isOpen: boolean;
  readonly open: () => void;
}) {
  const [latest] = group.refusals;
  return (
    <button type="button" data-row className={classes.group} aria-pressed={isOpen} onClick={open}>
      <span className={classes.groupHead}>
        <code>{group.code}</code>
        <Badge>{group.refusals.length}</Badge>
      </span>
      <span className={classes.groupText}>{latest.explanation?.message ?? latest.reason}</span>
      <span className={classes.groupMeta}>
        <Ago at={latest.at} /> · {latest.operation}
        {latest.channel !== null && ` · ${latest.channel}`}
      </span>
    </button>
  );
}
