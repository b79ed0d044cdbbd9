import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { DrainBatch, type EpochReport } from "@sluice/protocol/drain"
import type { SnapshotLine } from "@sluice/protocol/snapshot"

/**
 * How control behaves: `up`; `forgetful` commits and breaks off before it says so; `failing` answers 500; `hanging` answers
 * nothing; `broken` breaks off at once; `stranger` answers 401; `foreign` refuses every batch with 422.
 */
export type ControlMode = "up" | "forgetful" | "failing" | "hanging" | "broken" | "stranger" | "foreign"

/** A record as far as control's side of these tests looks into it. */
export interface ArrivedRecord {
  readonly id: string
  readonly epoch: string
  readonly seq: number
}

export const testControlToken = "0123456789abcdef0123456789abcdef"

/** Control's side of both internal channels, as small as the protocol allows. */
export class ControlServer {
  mode: ControlMode = "up"
  /** Records that make the whole batch a 422. */
  refuses: (record: ArrivedRecord) => boolean = () => false
  /** Records that are listed as rejected in the answer. */
  rejects: (record: ArrivedRecord) => boolean = () => false
  /** Records in the order they came, each as often as it came. */
  readonly arrived: ArrivedRecord[] = []
  /** Sizes of the batches that were committed, heartbeats (0) included. */
  readonly batches: number[] = []
  /** Reports that were acknowledged. */
  readonly reports: EpochReport[] = []
  /** What was asked for on the snapshot channel: `since`, or null. */
  readonly asked: (string | null)[] = []
  /** Open snapshot streams. */
  readonly streams = new Set<ServerResponse>()
  /** Requests that wait for an answer that will not come. */
  readonly hung = new Set<ServerResponse>()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #address: string | number

  constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response))
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket)
      socket.on("close", () => this.#sockets.delete(socket))
    })
    this.#address = 0
  }

  /** Listens on a Unix socket, or on a free loopback port when no path is given. Resolves with control's URL. */
  async listen(path?: string): Promise<string> {
    const target = path ?? { host: "127.0.0.1", port: 0 }
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(target, () => resolve())
    })
    this.#address = path ?? (this.#server.address() as AddressInfo).port
    return path ? `unix:${path}` : `http://127.0.0.1:${this.#address}`
  }

  /** Sends lines to every open snapshot stream. */
  say(...lines: readonly SnapshotLine[]): void {
    for (const stream of this.streams) for (const line of lines) stream.write(`${JSON.stringify(line)}\n`)
  }

  /** Breaks off every connection; the server goes on listening. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    request.on("error", () => undefined)
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const isKnown = request.headers.authorization === `Bearer ${testControlToken}`
    if (this.mode === "broken") request.socket.destroy()
    else if (!isKnown || this.mode === "stranger") response.writeHead(401).end()
    else if (this.mode === "failing") response.writeHead(500).end()
    else if (this.mode === "hanging") this.#hang(response)
    else if (request.method === "GET") this.#stream(request, response)
    else this.#takeBatch(Buffer.concat(chunks).toString(), response)
  }

  #hang(response: ServerResponse): void {
    this.hung.add(response)
    response.on("close", () => this.hung.delete(response))
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(new URL(request.url ?? "", "http://control").searchParams.get("since"))
    response.writeHead(200, { "content-type": "application/x-ndjson" }).flushHeaders()
    this.streams.add(response)
    response.on("close", () => this.streams.delete(response))
  }

  #takeBatch(text: string, response: ServerResponse): void {
    const batch = DrainBatch.parse(JSON.parse(text))
    const records = batch.records as ArrivedRecord[]
    if (this.mode === "foreign" || records.some(this.refuses)) {
      response.writeHead(422).end()
      return
    }
    const rejected = records.flatMap((record, index) =>
      this.rejects(record) ? [{ index, reason: "not to our taste" }] : [],
    )
    this.arrived.push(...records.filter((record) => !this.rejects(record)))
    this.batches.push(records.length)
    if (this.mode === "forgetful") {
      response.destroy()
      return
    }
    this.reports.push(batch.report)
    response.end(JSON.stringify({ stored: records.length - rejected.length, duplicates: 0, rejected }))
  }
}
