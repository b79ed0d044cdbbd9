/** `850 ms`, `3.2 s`, `4 min 5 s`. */
export function toDuration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/**
 * Runs a piece of work. One that takes longer than a second says that it is under way, and how long it took; a quick one
 * says nothing, so that a start with nothing to do is silent.
 */
export async function withProgress(title, work) {
  const startedAt = performance.now()
  let announced = false
  const timer = setTimeout(() => {
    announced = true
    console.error(`  ${title} …`)
  }, 1000)
  try {
    const result = await work()
    if (announced) console.error(`  ${title}: ${toDuration(performance.now() - startedAt)}`)
    return result
  } finally {
    clearTimeout(timer)
  }
}
