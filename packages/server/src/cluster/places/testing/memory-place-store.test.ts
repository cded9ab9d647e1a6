import type { PlaceStore } from "../place-store.ts";
import { MemoryPlaceServer } from "./memory-place-server.ts";
import { MemoryNetwork } from "./memory-place-store.ts";
import { describePlaceStore, type StoreNode } from "./place-store-suite.ts";
import { VirtualProcess, VirtualTime } from "./virtual-time.ts";

describePlaceStore("the place store in memory", async () => {
  const time = new VirtualTime();
  const network = new MemoryNetwork(new MemoryPlaceServer(() => time.nowMs));
  /** Has the time go by that an answer takes. */
  const promptly = (store: PlaceStore): PlaceStore =>
    new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          const answer = Reflect.apply(method, target, args);
          time.run(10);
          return answer;
        };
      },
    });
  return {
    connect: async () => {
      const heard: StoreNode["heard"] = [];
      const store = network.connect({
        time,
        process: new VirtualProcess(time),
        delayMs: () => 1,
        losesMessage: () => false,
        onClaims: (ref, message) => heard.push({ ref, message }),
      });
      return { store: promptly(store), heard };
    },
    until: async (isSo) => {
      for (let rounds = 0; !(await isSo()); rounds++) {
        if (rounds === 100) throw new Error("did not come about in 100 s");
        time.run(1_000);
      }
    },
    close: async () => {},
  };
});
