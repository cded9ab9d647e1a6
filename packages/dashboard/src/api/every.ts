/** Every member of a union of texts, in the order that is given: one that is left out does not compile. */
export function every<Text extends string>(texts: Readonly<Record<Text, true>>): readonly Text[] {
  return Object.keys(texts) as Text[];
}
