import type { PriceBook } from "../../domains/catalog/index.ts"
import type { Job } from "../scheduler.ts"

/** Prices that another process changed are known within five minutes and a half. */
export const refreshPricesJob = (priceBook: Pick<PriceBook, "refreshIfStale">): Job => ({
  name: "refresh-prices",
  everyMs: 30_000,
  run: () => priceBook.refreshIfStale(),
})
