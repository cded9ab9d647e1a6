import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { environmentOf, readDockerfile } from "./dockerfile.ts";

const ROOT = join(import.meta.dir, "../..");
const PAGE = readFileSync(join(ROOT, "docs/deploying.md"), "utf8");

test("docs/deploying.md names files that there are", () => {
  const links = Array.from(PAGE.matchAll(/\]\((\.\.\/[^)#]+|[a-z-]+\.md)/g), ([, path = ""]) => path);
  const named = Array.from(PAGE.matchAll(/\bdeploy\/[\w./-]+\w/g), ([path]) => `../${path}`);
  const made = "../deploy/compose/secrets";
  const missing = [...links, ...named].filter(
    (path) => path !== made && !existsSync(join(ROOT, "docs", path)),
  );
  expect(missing).toEqual([]);
});

test("docs/deploying.md links to headings that there are", () => {
  const links = PAGE.matchAll(/\]\(([a-z-]+\.md)?#([a-z0-9-]+)\)/g);
  const missing = Array.from(links, ([, file = "deploying.md", heading = ""]) => ({ file, heading })).filter(
    ({ file, heading }) => !headingsOf(file).includes(heading),
  );
  expect(missing).toEqual([]);
});

test("docs/deploying.md says what the image sets, and names every alert", () => {
  const variables = environmentOf(readDockerfile(join(ROOT, "deploy/docker/Dockerfile")));
  for (const [name, value] of Object.entries(variables)) {
    expect(PAGE).toMatch(new RegExp(`\\| .*\`${name}\`.* \\| \`${value}\` \\|`));
  }
  const { groups } = parse(readFileSync(join(ROOT, "deploy/monitoring/alerts.yml"), "utf8")) as {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
  };
  const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  expect(Array.from(PAGE.matchAll(/`(Usher[A-Z]\w+)`/g), ([, name]) => name).sort()).toEqual(alerts.sort());
});

test("every folder of deploy is on the page", () => {
  for (const folder of readdirSync(join(ROOT, "deploy"))) expect(PAGE).toContain(`deploy/${folder}`);
});

function headingsOf(file: string): string[] {
  const page = readFileSync(join(ROOT, "docs", file), "utf8");
  return Array.from(page.matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(/\s/g, "-"),
  );
}
