const STORAGE_KEY = "usher-first-page-guest";
const ADJECTIVES = [
  "Amber",
  "Brisk",
  "Calm",
  "Dapper",
  "Early",
  "Fond",
  "Gentle",
  "Hazel",
  "Keen",
  "Lucid",
  "Merry",
  "Quiet",
];
const NOUNS = [
  "Badger",
  "Curlew",
  "Dormouse",
  "Finch",
  "Heron",
  "Ibex",
  "Lynx",
  "Marten",
  "Otter",
  "Puffin",
  "Stoat",
  "Wren",
];

/** Who this tab is: made up once and kept as long as the tab, so that a reload is the same member. */
export function currentGuest() {
  const kept = read();
  if (kept) return kept;
  const guest = { id: randomId(), name: `${pick(ADJECTIVES)} ${pick(NOUNS)}` };
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(guest));
  } catch {
    // Storage is blocked: then every load is a new guest.
  }
  return guest;
}

function read() {
  try {
    const { id, name } = JSON.parse(sessionStorage.getItem(STORAGE_KEY));
    return typeof id === "string" && typeof name === "string" ? { id, name } : undefined;
  } catch {
    return undefined;
  }
}

// Not crypto.randomUUID, which plain http on an address of the local network does not have.
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

function pick(words) {
  return words[crypto.getRandomValues(new Uint32Array(1))[0] % words.length];
}
