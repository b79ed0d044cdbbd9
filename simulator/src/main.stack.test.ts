import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

describe("sluice simulate", () => {
  it("tells its address, answers, and ends cleanly on Ctrl-C with a stream open", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", "simulator/src/main.ts", "--port", "0"], { cwd: root })
    let said = ""
    const exit = new Promise<number | null>((resolve) => child.once("exit", resolve))
    const url = await new Promise<string>((resolve, reject) => {
      child.once("exit", () => reject(new Error(`ended before listening: ${said}`)))
      child.stdout.on("data", (part) => {
        said += String(part)
        const found = /listens on (\S+)/.exec(said)
        if (found?.[1] !== undefined) resolve(found[1])
      })
    })
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true })
    const open = fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer any", "x-simulate": "hang-after=2" },
      body: JSON.stringify({ model: "gpt-4o", stream: true, messages: [{ role: "user", content: "Hello" }] }),
    })
    const reader = (await open).body!.getReader()
    await reader.read()
    child.kill("SIGINT")
    expect(await exit).toBe(0)
    await expect(reader.read().then((part) => reader.read().then(() => part))).rejects.toThrow()
  })
})
