import type { ReceivedRequest } from "./received-request.ts"

/** The newest requests, within a number and a sum of body bytes; the oldest leave first. */
export class RequestLog {
  readonly #maxRequests: number
  readonly #maxBytes: number
  readonly #kept = new Set<ReceivedRequest>()
  #bytes = 0
  #opened = 0
  #arrived = 0
  #waiting: { readonly count: number; readonly resolve: () => void }[] = []

  constructor(limits: { readonly maxRequests: number; readonly maxBytes: number }) {
    this.#maxRequests = limits.maxRequests
    this.#maxBytes = limits.maxBytes
  }

  /** Oldest first. */
  get kept(): readonly ReceivedRequest[] {
    return [...this.#kept]
  }

  /** The number of the next request, counted since the start or the last clearing. */
  number(): number {
    this.#opened += 1
    return this.#opened
  }

  /** A request's head is here. */
  open(request: ReceivedRequest): void {
    this.#kept.add(request)
    if (this.#kept.size > this.#maxRequests) this.#dropOldest()
  }

  /** A request's body is here, whole. */
  complete(request: ReceivedRequest, body: Buffer): void {
    request.keepBody(body)
    if (this.#kept.has(request)) this.#bytes += body.length
    while (this.#bytes > this.#maxBytes && this.#kept.size > 1) this.#dropOldest()
    this.#arrived += 1
    if (this.#waiting.length > 0) this.#wake()
  }

  /** Settles once `count` requests have arrived whole since the start or the last clearing. */
  whenArrived(count: number): Promise<void> {
    if (this.#arrived >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ count, resolve }))
  }

  /** Forgets everything and numbers from 1 again. */
  clear(): void {
    this.#kept.clear()
    this.#bytes = 0
    this.#opened = 0
    this.#arrived = 0
  }

  #dropOldest(): void {
    for (const oldest of this.#kept) {
      this.#kept.delete(oldest)
      this.#bytes -= oldest.body.length
      return
    }
  }

  #wake(): void {
    const ready = this.#waiting.filter((waiter) => waiter.count <= this.#arrived)
    this.#waiting = this.#waiting.filter((waiter) => waiter.count > this.#arrived)
    for (const waiter of ready) waiter.resolve()
  }
}
