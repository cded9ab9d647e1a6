import type { App } from "@usher/hub";
import { type ChannelName, channelTraits } from "@usher/protocol";

const LONGEST_DATA = 4_096;
const TELLING_NAME = /pass(?:word|phrase|code)?|secret|token|authorization|cookie|card|cvv|iban/i;
const HIDDEN = "[hidden]";

/**
 * What the console may show of an event's data: nothing unless the app's setting lets it, nothing of encrypted channels,
 * and no value whose name says that it is confidential.
 */
export function visibleData(app: App, channel: ChannelName, data: string): string | undefined {
  if (!app.settings.consolePayloads || channelTraits(channel).isEncrypted) return undefined;
  const shown = hideConfidential(data);
  return shown.length > LONGEST_DATA ? `${shown.slice(0, LONGEST_DATA)}...` : shown;
}

function hideConfidential(data: string): string {
  if (!TELLING_NAME.test(data)) return data;
  try {
    return JSON.stringify(JSON.parse(data), (name, value: unknown) =>
      name !== "" && TELLING_NAME.test(name) ? HIDDEN : value,
    );
  } catch {
    // It is no JSON, so nothing in it has a name, and what is confidential cannot be told from what is not.
    return HIDDEN;
  }
}
