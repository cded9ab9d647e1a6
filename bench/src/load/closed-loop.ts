import type { DeliveryLedger } from "./delivery-ledger.ts";
import type { Publisher } from "./publisher.ts";

/** Publishes events one after another, so fast as they are delivered and no faster. */
export class ClosedLoop {
  #remaining = 0;
  readonly #publisher: Publisher;
  readonly #ledger: DeliveryLedger;
  readonly #window: number;
  readonly #publish: () => void;

  /** @param inFlight how many events may be on their way at one time. */
  constructor(publisher: Publisher, ledger: DeliveryLedger, inFlight: number, publish: () => void) {
    this.#publisher = publisher;
    this.#ledger = ledger;
    this.#window = inFlight * ledger.subscribers;
    this.#publish = publish;
    publisher.onIdle(() => this.proceed());
  }

  /** Lets so many more events go out; none with zero. */
  allow(events: number): void {
    this.#remaining = events;
    this.proceed();
  }

  /**
   * Fills the window. To be called after each delivery.
   *
   * The window counts deliveries, not events: the next event goes out when fewer deliveries are under way than those of
   * `inFlight` events. If it waited for the last of them, the server would idle between two events, and whether it
   * then found one request or four when it woke would be chance.
   */
  proceed(): void {
    while (this.#remaining > 0 && this.#publisher.isIdle && this.#ledger.owed < this.#window) {
      this.#remaining--;
      this.#publish();
    }
  }
}
