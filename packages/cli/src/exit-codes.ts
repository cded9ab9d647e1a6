/** How the command ends, after sysexits.h where it has a word for it. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: "done" },
  refused: { code: 1, meaning: "the request was understood and refused" },
  usage: { code: 2, meaning: "the command line is wrong" },
  unavailable: { code: 69, meaning: "the server, its port or the database is not to be had" },
  internal: { code: 70, meaning: "a fault of Usher's own" },
  cannotCreate: { code: 73, meaning: "the data folder or the database cannot be written" },
  notAllowed: { code: 77, meaning: "you are not logged in, or may not do this" },
  config: { code: 78, meaning: "the configuration is wrong" },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type Ending = keyof typeof EXIT_CODES;
