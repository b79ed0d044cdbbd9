import { createHash } from "node:crypto"
import { AzureOpenAI, OpenAI, toFile } from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Simulator, startSimulator } from "./simulator.ts"

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({})
})

afterAll(() => simulator?.close())

describe("an upload to the simulator", () => {
  it("of any size is counted and hashed, and its beginning kept", async () => {
    const boundary = "xyz"
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n`
    const body = Buffer.concat([
      Buffer.from(head),
      Buffer.alloc(70 * 1024 * 1024, 9),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ])
    const answer = await fetch(`${simulator.url}/v1/files`, {
      method: "POST",
      headers: { authorization: "Bearer sk-any", "content-type": `multipart/form-data; boundary=${boundary}` },
      body,
    })
    expect(await answer.json()).toMatchObject({ object: "file", filename: "a.bin", bytes: body.length })
    const received = simulator.requests.at(-1)
    expect(received?.bodyBytes).toBe(body.length)
    expect(received?.bodySha256).toBe(createHash("sha256").update(body).digest("hex"))
    expect(received?.body).toHaveLength(1024 * 1024)
  })

  it("is told apart from another of the same name", async () => {
    const client = new OpenAI({ apiKey: "sk-any", baseURL: `${simulator.url}/v1`, maxRetries: 0 })
    const upload = async (text: string) =>
      (await client.files.create({ file: await toFile(Buffer.from(text), "a"), purpose: "batch" })).bytes
    expect(await upload("one")).toBe((await upload("three")) - 2)
  })
})

describe("Azure's own client", () => {
  const azure = (apiKey: string) =>
    new AzureOpenAI({ apiKey, endpoint: simulator.url, apiVersion: "2024-10-21", maxRetries: 0 })
  const question = { model: "prod", messages: [{ role: "user" as const, content: "Hello" }] }

  it("is answered below a deployment", async () => {
    const answer = await azure("any").chat.completions.create(question)
    expect(answer.choices[0]?.message.content).toBeTruthy()
  })

  it("need not name the model again in the body", async () => {
    const answer = await fetch(`${simulator.url}/openai/deployments/prod/chat/completions?api-version=2024-10-21`, {
      method: "POST",
      headers: { "api-key": "any", "content-type": "application/json" },
      body: JSON.stringify({ messages: question.messages }),
    })
    expect([answer.status, ((await answer.json()) as { model: string }).model]).toEqual([200, "prod"])
  })

  it("is refused a wrong key in its own header", async () => {
    await expect(azure("invalid").chat.completions.create(question)).rejects.toMatchObject({ status: 401 })
  })

  it("meets a deployment that is not there", async () => {
    const missing = { ...question, model: "does-not-exist" }
    await expect(azure("any").chat.completions.create(missing)).rejects.toMatchObject({ status: 404 })
  })
})
