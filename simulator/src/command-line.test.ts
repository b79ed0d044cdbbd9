import { createServer } from "node:net"
import { describe, expect, it } from "vitest"
import { defaultPort, help, parseCommandLine } from "./command-line.ts"
import { runSimulator } from "./run-simulator.ts"

function listen(): {
  readonly said: string[]
  readonly complained: string[]
  readonly output: Parameters<typeof runSimulator>[1]
} {
  const said: string[] = []
  const complained: string[] = []
  return { said, complained, output: { say: (text) => said.push(text), complain: (text) => complained.push(text) } }
}

describe("the command line", () => {
  it("has a default for everything", () => {
    expect(parseCommandLine([])).toMatchObject({ port: defaultPort, host: "127.0.0.1", seed: "sluice", ttftMs: 0 })
  })

  it("reads every option", () => {
    const args = ["--port", "0", "--seed", "x", "--latency", "300..900", "--tokens=50", "--compress", "br"]
    expect(parseCommandLine(args)).toMatchObject({
      port: 0,
      seed: "x",
      ttftMs: { median: 300, p95: 900 },
      tokens: 50,
      compress: "br",
    })
  })

  it.each([
    [["--port", "eighty"], "--port is a number"],
    [["--latency", "slow"], "--latency:"],
    [["--compress", "zip"], "gzip, deflate, br"],
    [["--schedule", "/nowhere.json"], "/nowhere.json"],
    [["--bogus"], "--bogus"],
  ])("explains what is wrong with %j and how to learn more", async (args, expected) => {
    const { complained, output } = listen()
    expect(await runSimulator(args, output)).toBe(2)
    expect(complained.join("")).toContain(expected)
    expect(complained.join("")).toContain("--help")
  })

  it("teaches with --help", async () => {
    const { said, output } = listen()
    expect(await runSimulator(["--help"], output)).toBe(0)
    expect(said.join("")).toBe(help)
    for (const word of ["--port", "--schedule", "x-simulate", "hang-after", "curl"]) expect(help).toContain(word)
  })

  it("says so when the port is taken", async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) =>
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port)),
    )
    const { complained, output } = listen()
    expect(await runSimulator(["--port", String(port)], output)).toBe(1)
    expect(complained.join("")).toContain(`Port ${port} on 127.0.0.1 is in use`)
    await new Promise((resolve) => other.close(resolve))
  })
})
