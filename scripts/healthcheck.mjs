/**
 * Whether what runs in this container serves: for HEALTHCHECK and probes that run a command. Each of the words, `gateway` and `api`,
 * names one whose `/readyz` must answer 200; without words both must, as `sluice start` runs them. Exit code 0 when they do.
 */
const environment = process.env
const protocol = environment.SLUICE_TLS_CERT_FILE ? "https" : "http"
// The certificate is for the name people use, not for this one.
if (protocol === "https") environment.NODE_TLS_REJECT_UNAUTHORIZED = "0"

const ports = { gateway: environment.SLUICE_GATEWAY_PORT || 8484, api: environment.SLUICE_API_PORT || 8485 }

async function ask(name) {
  if (!Object.hasOwn(ports, name)) return "there is no such process to ask; name gateway or api"
  try {
    const url = `${protocol}://127.0.0.1:${ports[name]}/readyz`
    const answer = await fetch(url, { signal: AbortSignal.timeout(4000) })
    return answer.status === 200 ? "serves" : `answers ${answer.status}`
  } catch (error) {
    return error.cause?.message ?? error.message
  }
}

const words = process.argv.slice(2)
const wanted = words.length > 0 ? words : Object.keys(ports)
const found = await Promise.all(wanted.map(ask))
for (const [position, name] of wanted.entries()) console.log(`${name}: ${found[position]}`)
process.exit(found.every((state) => state === "serves") ? 0 : 1)
