import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

const PACKAGES = join(import.meta.dir, "..", "..");

/** Which of our packages each package may import. An arrow is an import, and imports only point down. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  hub: ["protocol"],
  server: ["hub", "protocol"],
  sdk: ["protocol"],
  auth: ["sdk", "protocol"],
  "pusher-js": ["protocol"],
  dashboard: ["protocol", "sdk"],
  cli: ["server", "dashboard", "auth", "sdk", "protocol"],
};

/** What a package may know the types of besides, and import nothing of at run time. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  dashboard: ["@usher/server/admin-types"],
};

/** What runs on a machine, a clock or by chance; the core gets it as an argument. */
const IMPURE =
  /\b(?:process|Bun|Date|crypto|performance|console|fetch|navigator|setTimeout|setInterval|setImmediate|queueMicrotask|Math\.random)\b/;

const NOT_SHIPPED = ["node_modules", "dist", "testing"];

const ANY_IMPORT = /^(?:import|export)\s+(?:[^"'`;]*?\sfrom\s+)?"([^"]+)"/gm;
const RUN_TIME_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^"'`;]*?\sfrom\s+)?"([^"]+)"/gm;

interface SourceFile {
  /** From the packages' folder: `hub/src/roster.ts`. */
  readonly path: string;
  readonly package: string;
  readonly text: string;
  /** Module names as written, without those of `import type`. */
  readonly imports: readonly string[];
  readonly importsAndTypes: readonly string[];
}

const sources = readdirSync(PACKAGES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap((entry) => sourceFiles(join(PACKAGES, entry.name)));

const byPath = new Map(sources.map((file) => [file.path, file]));

/** Everything that is shipped: no tests and nothing that only tests use. */
function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return NOT_SHIPPED.includes(entry.name) ? [] : sourceFiles(path);
    }
    if (!/\.tsx?$/.test(entry.name) || /\.test\.tsx?$|-suite\.ts$/.test(entry.name)) return [];
    const text = readFileSync(path, "utf8");
    const fromPackages = relative(PACKAGES, path).split(sep).join("/");
    return {
      path: fromPackages,
      package: fromPackages.split("/")[0] ?? "",
      text,
      imports: importsOf(text, RUN_TIME_IMPORT),
      importsAndTypes: importsOf(text, ANY_IMPORT),
    };
  });
}

function importsOf(text: string, statement: RegExp): string[] {
  const calls = text.matchAll(/\bimport\(\s*"([^"]+)"/g);
  return [...text.matchAll(statement), ...calls].map((match) => match[1] ?? "");
}

/** The file that an import of our own leads to; undefined for a library. */
function target(file: SourceFile, name: string): string | undefined {
  if (name.startsWith(".")) return join(dirname(file.path), name).split(sep).join("/");
  const [, ownPackage, subpath = ""] = /^@usher\/([\w-]+)(\/.+)?$/.exec(name) ?? [];
  if (ownPackage === undefined) return undefined;
  return `${ownPackage}/${String(manifestOf(ownPackage).exports[`.${subpath}`]).replace("./", "")}`;
}

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(PACKAGES, name, "package.json"), "utf8")) as Manifest;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

function filesOf(name: string): SourceFile[] {
  return sources.filter((file) => file.package === name);
}

test("the walk sees the packages and their imports", () => {
  expect(filesOf("protocol").length).toBeGreaterThan(10);
  expect(byPath.get("hub/src/hub.ts")?.imports).toContain("@usher/protocol");
  expect(byPath.get("hub/src/hub.ts")?.imports).not.toContain("./app.ts");
});

describe("the core does no I/O", () => {
  test.each([
    ["protocol", "its own files", /^\./],
    ["hub", "its own files and protocol", /^\.|^@usher\/protocol$/],
  ] as const)("%s imports nothing but %s", (name, _, allowed) => {
    for (const file of filesOf(name)) {
      expect([file.path, file.imports.filter((module) => !allowed.test(module))]).toEqual([file.path, []]);
    }
  });

  test("protocol and hub use no clock, no chance, no cryptography and no runtime", () => {
    for (const file of [...filesOf("protocol"), ...filesOf("hub")]) {
      expect([file.path, IMPURE.exec(withoutComments(file.text))?.[0]]).toEqual([file.path, undefined]);
    }
  });
});

describe("imports only point down", () => {
  test("every package has its row in the table", () => {
    const present = [...new Set(sources.map((file) => file.package))];
    expect(Object.keys(MAY_IMPORT)).toEqual(expect.arrayContaining(present));
  });

  test("a package imports only what its row allows, types included", () => {
    for (const file of sources) {
      const forbidden = file.importsAndTypes.filter((module) => {
        const [, name] = /^@usher\/([\w-]+)/.exec(module) ?? [];
        if (MAY_IMPORT_TYPES[file.package]?.includes(module)) return file.imports.includes(module);
        return name !== undefined && !MAY_IMPORT[file.package]?.includes(name);
      });
      expect([file.path, forbidden]).toEqual([file.path, []]);
    }
  });

  test("no package reaches into another by a path", () => {
    for (const file of sources) {
      const outside = file.imports.filter((name) => {
        return name.startsWith(".") && target(file, name)?.split("/")[0] !== file.package;
      });
      expect([file.path, outside]).toEqual([file.path, []]);
    }
  });

  test("no file imports itself by any way round", () => {
    const finished = new Set<string>();
    const visit = (path: string, way: readonly string[]): void => {
      expect(way.includes(path) ? [...way.slice(way.indexOf(path)), path].join(" -> ") : "").toBe("");
      const file = byPath.get(path);
      if (!file || finished.has(path)) return;
      for (const name of file.imports) {
        const next = target(file, name);
        if (next !== undefined) visit(next, [...way, path]);
      }
      finished.add(path);
    };
    for (const path of byPath.keys()) visit(path, []);
  });

  test.each(["protocol", "sdk", "auth", "pusher-js"])(
    "%s runs in other people's apps: no dependency, no runtime",
    (name) => {
      const others = Object.keys(manifestOf(name).dependencies ?? {}).filter(
        (other) => !other.startsWith("@usher/"),
      );
      expect(others).toEqual([]);
      for (const file of filesOf(name)) {
        expect([file.path, file.imports.filter((module) => /^(?:node|bun)\b/.test(module))]).toEqual([
          file.path,
          [],
        ]);
      }
    },
  );

  test("Bun is known to its own folder alone", () => {
    const knowing = sources.filter(
      (file) => file.package === "server" && /\bBun\.|from "bun[":]/.test(withoutComments(file.text)),
    );
    expect(
      knowing.filter((file) => !file.path.startsWith("server/src/edges/bun/")).map(({ path }) => path),
    ).toEqual([]);
  });
});

describe("one comparison for signatures (known failure 5: a comparison that stops at the first difference)", () => {
  test("there is exactly one, and nothing imports another", () => {
    const defining = sources.filter((file) => /function equalInConstantTime\b/.test(file.text));
    expect(defining.map(({ path }) => path)).toEqual(["protocol/src/signature.ts"]);
    const others = sources.filter((file) =>
      /timingSafeEqual|crypto\.subtle\.verify/.test(withoutComments(file.text)),
    );
    expect(others.map(({ path }) => path)).toEqual([]);
  });

  test("no signature, digest or secret is compared with an operator", () => {
    const secret = String.raw`[\w.?!]*(?:[sS]ignature|[dD]igest|[sS]ecret\.value|[hH]mac\w*\([^)]*\))`;
    const known = String.raw`(?!\s*(?:undefined|null|"))`;
    const comparison = new RegExp(
      String.raw`${secret}\s*[!=]==?(?!=)${known}|[!=]==?(?!=)${known}\s*${secret}(?![\w.])`,
    );
    for (const file of sources) {
      const lines = withoutComments(file.text).split("\n");
      expect([file.path, lines.filter((line) => comparison.test(line))]).toEqual([file.path, []]);
    }
    expect(comparison.test("if (given === signature) return")).toBe(true);
    expect(comparison.test("if (auth.signature == expected)")).toBe(true);
    expect(comparison.test("return hmacHex(secret, text) === given;")).toBe(true);
    expect(comparison.test("if (signature === undefined) return")).toBe(false);
    expect(comparison.test('typeof digest === "string"')).toBe(false);
  });
});
