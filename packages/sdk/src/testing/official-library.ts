import OfficialPusher from "pusher";

/** What the official library does and its types do not tell. */
export type Official = OfficialPusher & { channelSharedSecret(channel: string): Uint8Array };

export function officialLibrary(options: ConstructorParameters<typeof OfficialPusher>[0]): Official {
  return new OfficialPusher(options) as Official;
}
