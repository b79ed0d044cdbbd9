import type { Pool } from "undici"
import { createUpstreamPool, type UpstreamPoolOptions } from "../platform/http.ts"

/** Origins kept open at once; one per provider and custom base URL, so a bound only a misuse reaches. */
const maxPools = 256

/** The connection pools of the gateway, one per provider origin, made on first use. */
export class Upstreams {
  readonly #options: UpstreamPoolOptions
  readonly #pools = new Map<string, Pool>()

  constructor(options: UpstreamPoolOptions) {
    this.#options = options
  }

  /**
   * The pool of an origin (`https://host[:port]`).
   * @throws AddressRefused when the origin is an address we do not connect to
   */
  pool(origin: string): Pool {
    const existing = this.#pools.get(origin)
    if (existing) return existing
    if (this.#pools.size >= maxPools) this.#retireOldest()
    const pool = createUpstreamPool(origin, this.#options)
    this.#pools.set(origin, pool)
    return pool
  }

  /** Closes idle connections now and busy ones as they end; gives up on those still busy. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  /** The pool used first leaves; its requests in flight finish on it. */
  #retireOldest(): void {
    const [oldest] = this.#pools
    if (!oldest) return
    this.#pools.delete(oldest[0])
    void oldest[1].close()
  }
}
