import { Worker } from "node:worker_threads"
import type { Answer, FromWorker, ToWorker, WorkerSettings } from "./embedded-messages.ts"

interface Pending {
  readonly expects: FromWorker["type"]
  resolve(message: FromWorker): void
  reject(error: Error): void
}

/** The thread PostgreSQL runs in, seen from outside. It answers one request at a time. */
export class EmbeddedEngine {
  readonly serverVersion: string
  readonly #worker: Worker
  #pending: Pending | null = null
  #death: Error | null = null
  #onDeath: (reason: Error) => void = () => {}

  private constructor(worker: Worker, serverVersion: string) {
    this.#worker = worker
    this.serverVersion = serverVersion
    worker.on("message", (message: FromWorker) => this.#receive(message))
    worker.on("error", (error) => this.#die(error))
    worker.on("exit", () => this.#die(new Error("the embedded database's thread ended")))
  }

  /**
   * Starts the thread and waits until the database is open.
   * @throws Error with the database's own words when it does not open
   */
  static start(file: URL, settings: WorkerSettings): Promise<EmbeddedEngine> {
    // Flags of the process (a test runner's, a debugger's) are not for this thread.
    const worker = new Worker(file, { workerData: settings, execArgv: [] })
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        stopListening()
        // What it still says while it ends is of no interest, and an error without a listener would end the process.
        worker.on("error", () => {})
        const error = new Error(`the embedded database in ${settings.directory} does not open: ${reason}`)
        worker.terminate().then(() => reject(error), reject)
      }
      const onError = (error: Error) => fail(error.message)
      const onExit = () => fail("its thread ended")
      const onMessage = (message: FromWorker) => {
        if (message.type !== "ready")
          return fail(message.type === "failed" ? message.reason : `it said ${message.type}`)
        stopListening()
        resolve(new EmbeddedEngine(worker, message.serverVersion))
      }
      const stopListening = () => worker.off("error", onError).off("exit", onExit).off("message", onMessage)
      worker.on("error", onError).on("exit", onExit).on("message", onMessage)
    })
  }

  /** Called once when the thread is gone or no longer sound, unless it was asked to end. */
  onDeath(listener: (reason: Error) => void): void {
    this.#onDeath = listener
  }

  /** Runs one batch. `bytes` is handed over and empty afterwards. */
  async run(bytes: Uint8Array<ArrayBuffer>, endsReady: boolean): Promise<Answer> {
    return (await this.#request({ type: "run", bytes, endsReady }, "answer", [bytes.buffer])) as Answer
  }

  /** The whole data directory, as a gzip from which a first start can copy. Nothing else may be running. */
  async dump(): Promise<Uint8Array> {
    const { bytes } = (await this.#request({ type: "dump" }, "dump")) as Extract<FromWorker, { type: "dump" }>
    return bytes
  }

  /** Writes everything out and ends the thread. */
  async close(): Promise<void> {
    this.#onDeath = () => {}
    if (this.#death === null) await this.#request({ type: "close" }, "closed")
    await this.kill()
  }

  /** Ends the thread wherever it stands, even inside a query; what was not committed is lost. */
  async kill(): Promise<void> {
    this.#onDeath = () => {}
    await this.#worker.terminate()
  }

  #request(message: ToWorker, expects: FromWorker["type"], transfer: ArrayBuffer[] = []): Promise<FromWorker> {
    if (this.#death) return Promise.reject(this.#death)
    if (this.#pending) return Promise.reject(new Error("the embedded database is already answering a request"))
    return new Promise((resolve, reject) => {
      this.#pending = { expects, resolve, reject }
      this.#worker.postMessage(message, transfer)
    })
  }

  #receive(message: FromWorker): void {
    const pending = this.#pending
    this.#pending = null
    if (message.type === pending?.expects) {
      pending.resolve(message)
      return
    }
    const error = new Error(message.type === "failed" ? message.reason : `unexpected ${message.type}`)
    pending?.reject(error)
    this.#die(error)
  }

  #die(reason: Error): void {
    if (this.#death) return
    this.#death = reason
    this.#pending?.reject(reason)
    this.#pending = null
    this.#onDeath(reason)
  }
}
