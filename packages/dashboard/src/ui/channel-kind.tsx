import { Badge, type Tone } from "./badge.tsx";

interface Kind {
  readonly title: "public" | "private" | "encrypted" | "presence" | "user";
  readonly tone: Tone;
  readonly isCache: boolean;
}

/** What a channel's name says about it, on tickets of its colour. */
export function ChannelKind({ name }: { readonly name: string }) {
  const { title, tone, isCache } = kindOf(name);
  return (
    <>
      <Badge tone={tone}>{title}</Badge>
      {isCache && <Badge tone="cache">cache</Badge>}
    </>
  );
}

export function kindOf(name: string): Kind {
  const [, title = "public", tone] = KINDS.find(([prefix]) => name.startsWith(prefix)) ?? [];
  return { title, tone: tone ?? "public", isCache: CACHE.test(name) };
}

/** The longer prefixes first. */
const KINDS: readonly (readonly [string, Kind["title"], Tone])[] = [
  ["private-encrypted-", "encrypted", "private"],
  ["private-", "private", "private"],
  ["presence-", "presence", "presence"],
  ["#server-to-user-", "user", "neutral"],
];
const CACHE = /^((private|private-encrypted|presence)-)?cache-/;
