import { useAddress } from "../../api/address.ts";
import type { SignedKind } from "../../api/doctor.ts";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { useRemembered } from "../../ui/use-remembered.ts";
import { fillSnippet } from "../connect/fill-snippet.ts";
import { type Place, placeOf } from "../connect/place.ts";
import { type SectionName, sectionOf } from "../connect/sections.ts";
import go from "../connect/snippets/go.txt";
import java from "../connect/snippets/java.txt";
import laravel from "../connect/snippets/laravel.txt";
import node from "../connect/snippets/node.txt";
import php from "../connect/snippets/php.txt";
import python from "../connect/snippets/python.txt";
import ruby from "../connect/snippets/ruby.txt";
import classes from "./doctor.module.css";
import { remedyFor } from "./remedies.ts";

const LANGUAGES = [
  { value: "node", title: "Node", text: node },
  { value: "php", title: "PHP", text: php },
  { value: "python", title: "Python", text: python },
  { value: "go", title: "Go", text: go },
  { value: "ruby", title: "Ruby", text: ruby },
  { value: "java", title: "Java", text: java },
  // Laravel signs by itself, once it has been told key, secret and where.
  { value: "laravel", title: "Laravel", text: `§ client\n${laravel}` },
] as const;

const VALUES = LANGUAGES.map(({ value }) => value);

interface RemedyProps {
  readonly cause: string;
  readonly kind: SignedKind;
  readonly channel: string | null;
  readonly appId: string;
  readonly appKey: string;
}

/** How the code looks that does it right, in the language of the endpoint. */
export function Remedy({ cause, kind, channel, appId, appKey }: RemedyProps) {
  const [language, setLanguage] = useRemembered("language", VALUES, "node");
  const address = useAddress();
  const section = remedyFor(cause, kind, channel);
  if (section === undefined || !address.data) return null;
  const fitting = LANGUAGES.filter(({ text }) => sectionOf(text, section) !== "");
  const { value, title, text } = fitting.find((each) => each.value === language) ?? LANGUAGES[0];
  return (
    <div className={classes.remedy}>
      <h3>{TITLES[section]}</h3>
      <Tabs isMinor label="Language" tabs={fitting} value={value} change={setLanguage}>
        <CodeBlock title={title} text={partOf(text, section, placeOf(address.data, appId, appKey))} />
      </Tabs>
    </div>
  );
}

const TITLES: Readonly<Record<SectionName, string>> = {
  imports: "What it builds on",
  client: "Key and secret as they should be",
  private: "A private channel, signed right",
  presence: "A presence channel, signed right",
  user: "A sign-in, signed right",
  endpoint: "An endpoint that answers right",
  trigger: "A request, signed right",
  run: "The program",
};

function partOf(text: string, section: SectionName, place: Place): string {
  return fillSnippet(sectionOf(text, section), place);
}
