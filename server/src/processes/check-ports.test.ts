import { createServer, type Server } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { checkPorts } from "./check-ports.ts"
import { findPortOwner, listeningInodes } from "./port-owner.ts"

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

const listen = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    servers.push(server)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address ? address.port : 0)
    })
  })

describe("ports that are wanted", () => {
  it("are fine when they are free, or left to the system", async () => {
    const wanted = { host: "127.0.0.1", port: 0, variable: "SLUICE_API_PORT" }
    expect(await checkPorts([wanted, wanted])).toEqual([])
  })

  it("name their owner and the variable that changes them when they are taken", async () => {
    const port = await listen()
    const [line, ...others] = await checkPorts([{ host: "127.0.0.1", port, variable: "SLUICE_API_PORT" }])
    expect(others).toEqual([])
    expect(line).toContain(`Port ${port} on 127.0.0.1 is taken by`)
    expect(line).toContain("SLUICE_API_PORT")
    if (process.platform === "linux") expect(line).toContain(`process ${process.pid} (`)
  })

  it("say so when the address is not this machine's", async () => {
    const [line] = await checkPorts([{ host: "203.0.113.7", port: 0, variable: "SLUICE_API_PORT" }])
    expect(line).toBe("203.0.113.7 is not an address of this machine. Change it with SLUICE_HOST.")
  })
})

describe("the owner of a port", () => {
  it("is nobody when the port is free", () => {
    expect(findPortOwner(1)).toBeNull()
  })

  it("is read from listening sockets only", () => {
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:2124 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0",
      "   1: 0100007F:2124 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4343 1 0 20 4 30 10 -1",
      "   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4444 1 0 100 0 0 10 0",
      "",
    ].join("\n")
    expect(listeningInodes(table, 0x2124)).toEqual(["4242"])
    expect(listeningInodes(table, 80)).toEqual(["4444"])
    expect(listeningInodes(table, 81)).toEqual([])
    expect(listeningInodes("", 80)).toEqual([])
  })
})
