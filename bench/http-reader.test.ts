import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { HttpReader, statusOf } from "./http-reader.mjs"

interface Message {
  status: number
  body: string
}

function read(pieces: readonly Buffer[]): Message[] {
  const messages: Message[] = []
  let now: Message = { status: 0, body: "" }
  const reader = new HttpReader(
    {
      head: (text: string) => {
        now = { status: statusOf(text), body: "" }
      },
      body: (part: Buffer) => {
        now.body += part.toString("latin1")
      },
      end: () => {
        messages.push(now)
      },
    },
    { isAnswer: true },
  )
  for (const piece of pieces) reader.push(piece)
  return messages
}

const toChunks = (parts: readonly string[]) =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${parts
    .filter((part) => part.length > 0)
    .map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
    .join("")}0\r\n\r\n`

const plain = (body: string) => `HTTP/1.1 404 No\r\ncontent-length: ${body.length}\r\n\r\n${body}`
const text = fc.string({ unit: fc.constantFrom("a", "\r", "\n", "0", ":"), maxLength: 40 })

describe("the reader of the load generator", () => {
  it("finds every message and every byte, however they are cut", () => {
    const message = fc.oneof(
      fc.array(text, { maxLength: 4 }).map((parts) => ({ wire: toChunks(parts), status: 200, body: parts.join("") })),
      text.map((body) => ({ wire: plain(body), status: 404, body })),
    )
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(60), { minLength: 1 }), (messages, cuts) => {
        const wire = Buffer.from(messages.map(({ wire }) => wire).join(""), "latin1")
        const pieces: Buffer[] = []
        for (let at = 0, turn = 0; at < wire.length; turn += 1) {
          const size = 1 + (cuts[turn % cuts.length] ?? 0)
          pieces.push(wire.subarray(at, at + size))
          at += size
        }
        expect(read(pieces)).toEqual(messages.map(({ status, body }) => ({ status, body })))
      }),
    )
  })

  it("refuses an answer whose end cannot be known, and a chunk without a size", () => {
    expect(() => read([Buffer.from("HTTP/1.1 200 OK\r\n\r\n")])).toThrow("without a length")
    expect(() => read([Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")])).toThrow(
      "without a size",
    )
  })
})
