/** A range of time in the viewer's zone: `20 Nov, 14:00–16:30`, `20 Nov, 14:00 – 21 Nov, 02:00`. @param zone the viewer's when absent */
export function describeRange(from: string, to: string, zone?: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: zone,
  })
  const [fromDay, fromTime] = format.format(Date.parse(from)).split(", ")
  const [toDay, toTime] = format.format(Date.parse(to)).split(", ")
  if (fromDay === toDay) return `${fromDay}, ${fromTime}–${toTime}`
  return `${fromDay}, ${fromTime} – ${toDay}, ${toTime}`
}
