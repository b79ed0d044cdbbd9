import "./require-node.mjs"
import { setTimeout as sleep } from "node:timers/promises"
import { build } from "./build.mjs"
import { stackKey, startStack } from "./stack.mjs"

/** The least that must work on any Node we say we run on: start, answer, record, show, stop. */
async function smoke() {
  await build()
  const stack = await startStack()
  let code = null
  try {
    const id = await askOnce(stack)
    await waitForRow(stack, id)
    await expectOk(`${stack.apiUrl}/`)
    await expectOk(stack.metricsUrl)
  } finally {
    code = await stack.stop()
  }
  if (code !== 0) throw new Error(`it stopped with ${code} instead of 0`)
  console.log(`Node ${process.version}: it starts, answers, records, shows and stops.`)
}

async function askOnce({ gatewayUrl }) {
  const answer = await fetch(`${gatewayUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${stackKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] }),
  })
  const body = await answer.json()
  if (!answer.ok || !body.choices?.[0]?.message)
    throw new Error(`the gateway answered ${answer.status}: ${JSON.stringify(body)}`)
  return answer.headers.get("x-sluice-request-id")
}

async function waitForRow({ apiUrl }, id) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const answer = await fetch(`${apiUrl}/api/v1/requests/${id}`, { headers: { authorization: `Bearer ${stackKey}` } })
    if (answer.ok) return
    await answer.body?.cancel()
    await sleep(100)
  }
  throw new Error(`request ${id} was answered but is not in the API after five seconds`)
}

async function expectOk(url) {
  const answer = await fetch(url)
  await answer.text()
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
}

smoke().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
