import { Worker } from "node:worker_threads"
import type { Logger } from "../../platform/logger.ts"
import { locateWorker } from "../../platform/worker-file.ts"
import type { AnswerFormat } from "../../providers/provider.ts"
import { type CountJob, estimateTokens, type TokenCount } from "./count-tokens.ts"

/** An exchange whose provider did not say what it used. */
export interface CountRequest {
  readonly format: AnswerFormat
  readonly model: string
  /** The request as it was sent, JSON; null when it is not known. */
  readonly requestBody: Buffer | null
  /** What the model wrote; empty when nothing was read. */
  readonly answerText: string
  /** True when it wrote more than that. */
  readonly textCut: boolean
}

/** Counts tokens aside, in a thread: never slows and never fails whoever asks. */
export interface Tokeniser {
  /**
   * Never rejects. `measured` when an OpenAI model's text was counted with its own vocabulary and text was all there was;
   * `estimated` in any other case, at worst from the number of bytes.
   */
  count(request: CountRequest): Promise<TokenCount>
  /** Ends the thread. What was still waiting, and what comes later, is estimated. */
  close(): Promise<void>
}

export interface TokeniserOptions {
  /** Told when the thread dies or is replaced; never told any text. */
  readonly logger?: Logger | undefined
  /** Requests and answers that may wait; one more is estimated at once. */
  readonly maxWaiting?: number | undefined
  /** Bytes of text that may wait in all. */
  readonly maxWaitingBytes?: number | undefined
  /** Request bodies over this many bytes are not counted but estimated. */
  readonly maxBodyBytes?: number | undefined
  /** Time for one count, in milliseconds, the thread's start included; then the thread is replaced. */
  readonly deadlineMs?: number | undefined
  /** Memory of the thread, in megabytes; a count that needs more ends the thread. */
  readonly maxMemoryMb?: number | undefined
}

/** Nothing is started before the first count. */
export function createTokeniser(options: TokeniserOptions = {}): Tokeniser {
  return new ThreadTokeniser(options)
}

/** After so many deaths of the thread in a row, counts are estimated for a while. */
const deathsInARow = 3
const estimatesWhileResting = 100

interface Waiting {
  readonly job: CountJob
  readonly bytes: number
  readonly resolve: (count: TokenCount) => void
}

class ThreadTokeniser implements Tokeniser {
  readonly #logger: Logger | null
  readonly #maxWaiting: number
  readonly #maxWaitingBytes: number
  readonly #maxBodyBytes: number
  readonly #deadlineMs: number
  readonly #maxMemoryMb: number
  /** In order of arrival; `Set` because it gives up its first element without moving the others. */
  readonly #waiting = new Set<Waiting>()
  #waitingBytes = 0
  #current: Waiting | null = null
  #worker: Worker | null = null
  #starting = false
  #deadline: NodeJS.Timeout | null = null
  #deaths = 0
  #resting = 0
  #closed = false

  constructor(options: TokeniserOptions) {
    this.#logger = options.logger ?? null
    this.#maxWaiting = options.maxWaiting ?? 1000
    this.#maxWaitingBytes = options.maxWaitingBytes ?? 16 * 1024 * 1024
    this.#maxBodyBytes = options.maxBodyBytes ?? 256 * 1024
    this.#deadlineMs = options.deadlineMs ?? 2000
    this.#maxMemoryMb = options.maxMemoryMb ?? 512
  }

  count(request: CountRequest): Promise<TokenCount> {
    const bodyBytes = request.requestBody?.length ?? null
    const countable = request.requestBody !== null && request.requestBody.length <= this.#maxBodyBytes
    const bytes = (countable ? (bodyBytes ?? 0) : 0) + request.answerText.length
    const { format, model, answerText, textCut } = request
    if (this.#isFull(bytes)) {
      return Promise.resolve(estimateTokens({ format, model, body: null, bodyBytes, answerText, textCut }))
    }
    // A text of its own: the request's buffer may be a view of a much larger one.
    const body = countable ? (request.requestBody?.toString("utf8") ?? null) : null
    return new Promise((resolve) => {
      this.#waiting.add({ job: { format, model, body, bodyBytes, answerText, textCut }, bytes, resolve })
      this.#waitingBytes += bytes
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#clearDeadline()
    if (this.#current) settle(this.#current)
    this.#current = null
    this.#estimateWaiting()
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  #isFull(bytes: number): boolean {
    if (this.#closed) return true
    if (this.#resting > 0) {
      this.#resting -= 1
      return true
    }
    return this.#waiting.size >= this.#maxWaiting || this.#waitingBytes + bytes > this.#maxWaitingBytes
  }

  #next(): void {
    if (this.#current !== null || this.#closed) return
    const [first] = this.#waiting
    if (first === undefined) {
      this.#worker?.unref()
      return
    }
    this.#waiting.delete(first)
    this.#waitingBytes -= first.bytes
    this.#current = first
    this.#deadline = setTimeout(() => this.#giveUp(), this.#deadlineMs)
    if (this.#worker) this.#send(this.#worker, first)
    else this.#start()
  }

  #send(worker: Worker, waiting: Waiting): void {
    worker.ref()
    worker.postMessage(waiting.job)
  }

  #start(): void {
    if (this.#starting) return
    this.#starting = true
    locateWorker(new URL("./tokeniser-worker.ts", import.meta.url))
      .then((file) => this.#open(file))
      .catch((error: unknown) => this.#died(null, error))
  }

  #open(file: URL): void {
    this.#starting = false
    if (this.#closed) return
    const worker = new Worker(file, {
      execArgv: [],
      env: {},
      name: "tokeniser",
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: this.#maxMemoryMb },
    })
    this.#worker = worker
    worker.on("message", (count: TokenCount) => this.#counted(worker, count))
    worker.on("error", (error) => this.#died(worker, error))
    worker.on("exit", () => this.#died(worker))
    if (this.#current) this.#send(worker, this.#current)
    else worker.unref()
  }

  #counted(worker: Worker, count: TokenCount): void {
    if (worker !== this.#worker || this.#current === null) return
    this.#deaths = 0
    this.#clearDeadline()
    this.#current.resolve(count)
    this.#current = null
    this.#next()
  }

  /** The count took too long: its text is hostile to the vocabulary, or the machine is very busy. */
  #giveUp(): void {
    this.#logger?.info({ deadlineMs: this.#deadlineMs }, "a token count took too long and was estimated")
    const worker = this.#worker
    this.#worker = null
    worker?.terminate().catch(() => undefined)
    this.#abandon()
  }

  #died(worker: Worker | null, error?: unknown): void {
    // The thread that was ended on purpose, or whose death was seen already.
    if (worker !== this.#worker || this.#closed) return
    // The code alone: a message may quote what was being counted.
    const { code } = (typeof error === "object" && error !== null ? error : {}) as { readonly code?: unknown }
    this.#logger?.warn({ code: code ?? null }, "the token counting thread ended; counts are estimated meanwhile")
    this.#starting = false
    this.#worker = null
    this.#deaths += 1
    if (this.#deaths >= deathsInARow) {
      this.#deaths = 0
      this.#resting = estimatesWhileResting
      this.#estimateWaiting()
    }
    this.#abandon()
  }

  #abandon(): void {
    this.#clearDeadline()
    if (this.#current) settle(this.#current)
    this.#current = null
    this.#next()
  }

  #estimateWaiting(): void {
    for (const waiting of this.#waiting) settle(waiting)
    this.#waiting.clear()
    this.#waitingBytes = 0
  }

  #clearDeadline(): void {
    if (this.#deadline) clearTimeout(this.#deadline)
    this.#deadline = null
  }
}

function settle({ job, resolve }: Waiting): void {
  resolve(estimateTokens(job))
}
