import type { Sample } from "./counters.ts"

/**
 * Samples of any number of processes as one Prometheus text (exposition format 0.0.4): series of the same name and labels
 * become one, as each says.
 */
export function renderSamples(processes: readonly (readonly Sample[])[]): string {
  const merged = new Map<string, Sample>()
  for (const sample of processes.flat()) {
    const key = sample.name + labelText(sample.labels)
    const known = merged.get(key)
    merged.set(key, known ? mergeSamples(known, sample) : sample)
  }
  // A family's series must stand together.
  const families = new Map<string, Sample[]>()
  for (const sample of merged.values()) {
    const family = families.get(sample.name)
    if (family) family.push(sample)
    else families.set(sample.name, [sample])
  }
  return [...families.values()].map(renderFamily).join("")
}

function mergeSamples(a: Sample, b: Sample): Sample {
  if (typeof a.value === "number" && typeof b.value === "number") {
    return { ...a, value: a.merge === "sum" ? a.value + b.value : Math.max(a.value, b.value) }
  }
  if (typeof a.value === "number" || typeof b.value === "number") return a
  const other = b.value.counts
  const counts = a.value.counts.map((count, i) => count + (other[i] ?? 0))
  return { ...a, value: { ...a.value, counts, sum: a.value.sum + b.value.sum } }
}

function renderFamily(samples: readonly Sample[]): string {
  const [first] = samples
  if (!first) return ""
  const lines = samples.flatMap(renderSample)
  return `# HELP ${first.name} ${first.help}\n# TYPE ${first.name} ${first.type}\n${lines.join("\n")}\n`
}

function renderSample({ name, labels, value }: Sample): string[] {
  if (typeof value === "number") return [`${name}${labelText(labels)} ${value}`]
  let below = 0
  const buckets = value.counts.map((count, i) => {
    below += count
    const le = String(value.bounds[i] ?? "+Inf")
    return `${name}_bucket${labelText({ ...labels, le })} ${below}`
  })
  return [...buckets, `${name}_sum${labelText(labels)} ${value.sum}`, `${name}_count${labelText(labels)} ${below}`]
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels)
  if (entries.length === 0) return ""
  return `{${entries.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",")}}`
}

const escapeLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
