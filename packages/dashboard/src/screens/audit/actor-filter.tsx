import { useState } from "react";
import type { AuditActor } from "../../api/audit.ts";
import { useOperators } from "../../api/operators.ts";
import { useMay, useSession } from "../../api/session.ts";
import { useTokens } from "../../api/tokens.ts";
import { SelectField } from "../../ui/field.tsx";

interface ActorFilterProps {
  readonly value: string;
  readonly change: (actorId: string) => void;
  /** Those of the entries that are shown. */
  readonly seen: readonly AuditActor[];
}

/** Who did it: oneself, everybody that an owner knows of, and whoever was seen in the entries. */
export function ActorFilter({ value, change, seen }: ActorFilterProps) {
  const session = useSession();
  const isOwner = useMay("owner");
  const operators = useOperators(isOwner);
  const tokens = useTokens(isOwner);
  const [met, setMet] = useState<ReadonlyMap<string, string>>(new Map());
  const fresh = seen.filter(({ id }) => id !== "" && !met.has(id));
  if (fresh.length > 0) setMet(new Map([...met, ...fresh.map(({ id, name }) => [id, name] as const)]));

  const own = session.data?.principal;
  const names = new Map([
    ...met,
    ...(tokens.data?.items ?? []).map(({ id, name }) => [id, `${name} (token)`] as const),
    ...(operators.data?.items ?? []).map(({ id, email }) => [id, email] as const),
    ...(own ? [[own.id, `${own.email ?? own.name} (you)`] as const] : []),
  ]);
  return (
    <SelectField label="Who" value={value} onChange={(event) => change(event.target.value)}>
      <option value="">All</option>
      {value !== "" && !names.has(value) && <option value={value}>{value}</option>}
      {[...names].map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
