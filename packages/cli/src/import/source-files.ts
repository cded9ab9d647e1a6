import { parseDotenv, type Variables } from "./dotenv.ts";
import { ImportError, type SourceFile } from "./imported-app.ts";

/** The files by what they are, told by their names: `.json`, `.php`, and everything else is an env file. */
export interface Sources {
  /** Of all env files together; a later one wins. */
  readonly variables: Variables;
  readonly json: readonly { readonly path: string; readonly value: unknown }[];
  readonly php: readonly SourceFile[];
}

export function sortFiles(files: readonly SourceFile[]): Sources {
  const envFiles = files.filter(({ path }) => !/\.(json|php)$/i.test(path));
  return {
    variables: envFiles.reduce<Variables>((variables, { text }) => parseDotenv(text, variables), {}),
    json: files
      .filter(({ path }) => /\.json$/i.test(path))
      .map((file) => ({ path: file.path, value: parseJson(file) })),
    php: files.filter(({ path }) => /\.php$/i.test(path)),
  };
}

function parseJson({ path, text }: SourceFile): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // What the parser quotes of the file may be a secret.
    const place = /position \d+|line \d+.*$/i.exec(String((error as Error).message))?.[0];
    throw new ImportError(
      `${path} is not valid JSON${place ? ` (${place})` : ""}`,
      "Correct it, or give the env file instead.",
    );
  }
}
