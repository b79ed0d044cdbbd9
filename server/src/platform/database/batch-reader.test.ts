import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Arrival, BatchReader } from "./batch-reader.ts"
import { createQuery, createSync, startupCodes } from "./wire.ts"

function frontMessage(type: string, body: string | Uint8Array): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

function firstMessage(code: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeInt32BE(8, 0)
  bytes.writeInt32BE(code, 4)
  return bytes
}

const startup = firstMessage(196_608)
const describeArrival = (arrival: Arrival) =>
  arrival.type === "batch" ? { ...arrival, bytes: Buffer.from(arrival.bytes).toString("latin1") } : arrival

function readAll(chunks: readonly Uint8Array[]) {
  const reader = new BatchReader()
  return chunks.flatMap((chunk) => reader.push(chunk)).map(describeArrival)
}

const message = fc.oneof(
  fc.string().map((text) => Buffer.from(createQuery(`select '${text.replaceAll(/['\0]/g, "")}'`))),
  fc.uint8Array({ maxLength: 300 }).map((body) => frontMessage("B", body)),
  fc.constantFrom(frontMessage("S", ""), frontMessage("H", ""), frontMessage("E", "\0\0\0\0\0")),
  fc.string().map((text) => frontMessage("P", `\0select ${text.replaceAll("\0", "")}\0\0\0`)),
)

describe("reading batches", () => {
  it("reads the same however the bytes are split", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), fc.array(fc.nat(400)), (messages, sizes) => {
        const stream = Buffer.concat([startup, ...messages])
        const chunks: Buffer[] = []
        let at = 0
        for (const size of sizes) {
          chunks.push(stream.subarray(at, at + size))
          at += size
        }
        chunks.push(stream.subarray(at))
        expect(readAll(chunks)).toEqual(readAll([stream]))
      }),
    )
  })

  it("loses no byte of what ends in a sync, a query or a flush", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
        const stream = Buffer.concat([...messages, createSync()])
        const arrivals = readAll([startup, stream])
        const bytes = arrivals.map((arrival) => (arrival.type === "batch" ? arrival.bytes : "")).join("")
        expect(bytes).toBe(stream.toString("latin1"))
      }),
    )
  })

  it("tells a request for encryption and one to cancel from a start", () => {
    const chunks = [firstMessage(startupCodes.ssl), firstMessage(startupCodes.gssEncryption), startup]
    expect(readAll(chunks).map(({ type }) => type)).toEqual(["encryption-request", "encryption-request", "startup"])
    expect(readAll([firstMessage(startupCodes.cancel)])).toEqual([{ type: "cancel" }])
  })

  it("keeps an extended query together up to its sync", () => {
    const parts = [frontMessage("P", "\0select 1\0\0\0"), frontMessage("B", "\0\0\0\0\0\0\0\0"), createSync()]
    expect(readAll([startup, ...parts])).toMatchObject([{ type: "startup" }, { type: "batch", endsReady: true }])
  })

  it("refuses named statements and COPY, once for the batch that holds them", () => {
    const named = Buffer.concat([frontMessage("P", "mine\0select 1\0\0\0"), createSync(), createQuery("select 1")])
    expect(readAll([startup, named])).toMatchObject([
      { type: "startup" },
      { refusal: expect.stringContaining("“mine”") },
      { refusal: null },
    ])
    expect(readAll([startup, createQuery("copy t from stdin")])).toMatchObject([
      {},
      { refusal: expect.stringContaining("COPY") },
    ])
  })

  it("gives up on a length that no message can have", () => {
    const reader = new BatchReader()
    reader.push(startup)
    expect(() => reader.push(Buffer.from([0x51, 0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError)
  })
})
