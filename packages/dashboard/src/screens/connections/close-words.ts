/** Why a connection was closed, as its code has it; undefined for a code that says nothing. */
export function closeWords(code: string): string | undefined {
  return WORDS[code];
}

const WORDS: Readonly<Record<string, string>> = {
  1000: "the client left",
  1001: "the page was closed or left",
  1005: "the client left",
  1006: "the line broke",
  1009: "it sent a frame that is too large",
  4001: "the app or its key is gone",
  4003: "the app was disabled",
  4009: "it was sent away, and stays away",
  4100: "it did not keep up, or the server was full",
  4200: "it was told to come back at once",
  4201: "it did not answer a ping",
};
