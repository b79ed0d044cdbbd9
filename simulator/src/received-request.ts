/**
 * One request as it arrived: what a test compares with what its client sent. `rawHeaders` are name and value in turn,
 * spelled and ordered as on the wire.
 */
export class ReceivedRequest {
  /** Position among all requests since start or reset, from 1. */
  readonly ordinal: number
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly rawHeaders: readonly string[]
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  #body: Buffer = Buffer.alloc(0)
  #complete = false
  #answered = false
  #closedAt: number | null = null
  #waiting: (() => void)[] = []

  constructor(fields: Pick<ReceivedRequest, "ordinal" | "method" | "path" | "rawHeaders" | "receivedAt">) {
    this.ordinal = fields.ordinal
    this.method = fields.method
    this.path = fields.path
    this.rawHeaders = fields.rawHeaders
    this.receivedAt = fields.receivedAt
  }

  /** Bytes of the whole body, so far. */
  bodyBytes = 0
  /** SHA-256 of the whole body of a form, in hexadecimal digits; null until it has arrived, and for other bodies. */
  bodySha256: string | null = null

  /** The body's exact bytes; empty until it has arrived whole. Of a form, the first megabyte. */
  get body(): Buffer {
    return this.#body
  }

  /** True when the whole body arrived. */
  get complete(): boolean {
    return this.#complete
  }

  /** Milliseconds since 1970 at which the exchange was over, for whatever reason; null while it lasts. */
  get closedAt(): number | null {
    return this.#closedAt
  }

  /** True when the exchange ended before the answer was sent whole: the caller left, or a fault cut it. */
  get aborted(): boolean {
    return this.#closedAt !== null && !this.#answered
  }

  /** A header's value by its name in any case, the first when repeated; null when absent. */
  header(name: string): string | null {
    const wanted = name.toLowerCase()
    for (let at = 0; at < this.rawHeaders.length; at += 2) {
      if (this.rawHeaders[at]!.toLowerCase() === wanted) return this.rawHeaders[at + 1]!
    }
    return null
  }

  /** Settles when the exchange is over. */
  whenClosed(): Promise<void> {
    if (this.#closedAt !== null) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** The simulator's own: the body is here. */
  keepBody(body: Buffer): void {
    this.#body = body
    this.#complete = true
  }

  /** The simulator's own: the exchange is over. */
  close(now: number, answered: boolean): void {
    if (this.#closedAt !== null) return
    this.#closedAt = now
    this.#answered = answered
    for (const resolve of this.#waiting) resolve()
    this.#waiting = []
  }
}
