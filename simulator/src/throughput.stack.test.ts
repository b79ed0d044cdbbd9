import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Simulator, startSimulator } from "./simulator.ts"

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({})
})
afterAll(() => simulator.close())

const body = JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "Hello" }] })
const request = Buffer.from(
  `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer any\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
)

/** Sends `count` requests over one connection, 50 under way at a time, and waits for as many answers. */
function drive(count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const batch = Buffer.concat(Array.from({ length: 50 }, () => request))
    let answered = 0
    const socket = connect(simulator.port, "127.0.0.1", () => socket.write(batch))
    socket.on("error", reject)
    let tail = ""
    socket.on("data", (part) => {
      const text = tail + part.toString("latin1")
      const before = answered
      answered += text.split("HTTP/1.1 200 OK\r\n").length - 1
      // Keeps what may be the beginning of a status line, and nothing that was counted.
      tail = text.slice(Math.max(text.lastIndexOf("\r\n\r\n{"), text.length - 16)).replaceAll("HTTP/1.1 200 OK\r\n", "")
      if (answered >= count) {
        socket.destroy()
        resolve()
      } else if (Math.floor(answered / 50) > Math.floor(before / 50)) socket.write(batch)
    })
  })
}

describe("the simulator as a load target", () => {
  it("spends less than 66 microseconds of one core on a plain request, which makes 15,000 a second", async () => {
    await drive(5000)
    const before = process.cpuUsage()
    await drive(20_000)
    const spent = process.cpuUsage(before)
    // The client's part is in it as well.
    expect((spent.user + spent.system) / 20_000).toBeLessThan(66)
  })
})
