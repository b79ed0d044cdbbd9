import type { ChartData } from "./chart-data.ts"

const moment = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
})

/** When a step began, in the viewer's zone; says so when it is still under way. */
export function describeStep({ times, stepSeconds, completeUntil }: ChartData, index: number): string {
  const time = times[index]
  if (time === undefined) return ""
  return `${moment.format(time * 1000)}${time + stepSeconds > completeUntil ? ", so far" : ""}`
}

/** A point of a chart as one sentence. */
export function describePoint(data: ChartData, index: number): string {
  if (data.times[index] === undefined) return "no value"
  return `${describeStep(data, index)}: ${data.lines.map(({ title, texts }) => `${title} ${texts[index]}`).join(", ")}`
}
