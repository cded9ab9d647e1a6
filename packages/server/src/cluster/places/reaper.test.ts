import { beforeEach, describe, expect, test } from "bun:test";
import type { ChannelName } from "@usher/protocol";
import type { ClaimOutcome, PlaceRef, Reaped } from "./place-store.ts";
import { Reaper } from "./reaper.ts";
import { VirtualProcess, VirtualTime } from "./testing/virtual-time.ts";

const ROOM: PlaceRef = { appId: "3", place: { kind: "channel", channel: "room" as ChannelName } };
const VACATED: ClaimOutcome = {
  version: 9,
  becameOccupied: false,
  becameVacant: true,
  membersAdded: [],
  membersRemoved: [],
};

describe("Reaper", () => {
  let time: VirtualTime;
  let calls: (readonly PlaceRef[])[];
  let answers: (Reaped | Error)[];
  let outcomes: ClaimOutcome[];
  let reaper: Reaper;

  beforeEach(() => {
    time = new VirtualTime();
    calls = [];
    outcomes = [];
    answers = [
      { places: [{ ref: ROOM, outcome: VACATED }], hasMore: true },
      { places: [], hasMore: false },
    ];
    reaper = new Reaper({
      store: {
        reap: async (_dead, _reaper, heard) => {
          calls.push(heard);
          const answer = answers.shift() ?? { places: [], hasMore: false };
          if (answer instanceof Error) throw answer;
          return answer;
        },
      },
      timers: new VirtualProcess(time).timers,
      random: () => 0.5,
      onOutcome: (_ref, outcome) => outcomes.push(outcome),
      onError: () => {},
    });
  });

  test("hands each outcome on and then says that it was heard", () => {
    reaper.consider(["dead.1"], () => "me.1");
    reaper.consider(["dead.1"], () => "me.1");
    time.run(2_000);
    expect(outcomes).toEqual([VACATED]);
    expect(calls).toEqual([[], [ROOM]]);
  });

  test("begins again with the next roll when it failed", () => {
    answers.unshift(new Error("the link is down"));
    reaper.consider(["dead.1"], () => "me.1");
    time.run(2_000);
    expect(outcomes).toEqual([]);
    reaper.consider(["dead.1"], () => "me.1");
    time.run(2_000);
    expect(outcomes).toEqual([VACATED]);
  });

  test("leaves to the others what it has not begun when it stops", () => {
    reaper.consider(["dead.1"], () => "me.1");
    reaper.stop();
    time.run(2_000);
    expect(calls).toEqual([]);
  });
});
