import "./require-node.mjs"
import { build, root } from "./build.mjs"
import { runClosedLoop } from "./closed-loop.mjs"
import { ensureInstalled } from "./install.mjs"
import { stackKey, startStack } from "./stack.mjs"

const rounds = 3
const roundMs = 3000
const warmUpMs = 2000

const body = JSON.stringify({
  model: "gpt-4o-mini",
  messages: [{ role: "user", content: "Which of these is a fruit: an apple, a brick, a cloud? Answer in one word." }],
})

const requestWith = (key) => ({
  method: "POST",
  path: "/v1/chat/completions",
  headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
  body,
})

/**
 * `npm run bench`: the same request straight to the simulator and through the gateway, in turns on one machine, at 1 and 50
 * connections. Absolute figures belong to the machine; the ratio and what is added belong to us.
 */
async function bench() {
  await ensureInstalled(root)
  await build()
  const { Pool } = await import("undici")
  const stack = await startStack({ SLUICE_LOG_LEVEL: "error" })
  try {
    console.log(`Node ${process.version}, ${rounds} rounds of ${roundMs / 1000} s each, medians\n`)
    for (const connections of [1, 50]) await compare(Pool, stack, connections)
  } finally {
    await stack.stop()
  }
}

async function compare(Pool, { simulatorUrl, gatewayUrl }, connections) {
  const direct = { origin: simulatorUrl, request: requestWith("sk-simulated"), runs: [] }
  const through = { origin: gatewayUrl, request: requestWith(stackKey), runs: [] }
  for (const side of [direct, through]) await runClosedLoop({ Pool, ...side, connections, durationMs: warmUpMs })
  for (let round = 0; round < rounds; round += 1) {
    for (const side of [direct, through]) {
      side.runs.push(await runClosedLoop({ Pool, ...side, connections, durationMs: roundMs }))
    }
  }
  const [a, b] = [toMedians(direct.runs), toMedians(through.runs)]
  const show = (title, { requestsPerSecond, p50Ms, p99Ms }) =>
    `  ${title.padEnd(9)}${requestsPerSecond.toFixed(0).padStart(8)} requests/s   p50 ${p50Ms.toFixed(3)} ms   p99 ${p99Ms.toFixed(3)} ms`
  console.log(`${connections} connection${connections === 1 ? "" : "s"}`)
  console.log(show("direct", a))
  console.log(show("gateway", b))
  console.log(
    `  ratio ${(b.requestsPerSecond / a.requestsPerSecond).toFixed(2)}   added p50 ${(b.p50Ms - a.p50Ms).toFixed(3)} ms` +
      `   added p99 ${(b.p99Ms - a.p99Ms).toFixed(3)} ms\n`,
  )
}

function toMedians(runs) {
  const median = (pick) => runs.map(pick).sort((a, b) => a - b)[Math.floor(runs.length / 2)]
  return {
    requestsPerSecond: median((run) => run.requestsPerSecond),
    p50Ms: median((run) => run.p50Ms),
    p99Ms: median((run) => run.p99Ms),
  }
}

bench().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
