import type { ChartData } from "./chart-data.ts"
import { describeStep } from "./describe-point.ts"

interface ChartTableProps {
  readonly title: string
  readonly data: ChartData
}

/** The values of a chart as a table, newest first: for screen readers, and for whoever wants the numbers. */
export function ChartTable({ title, data }: ChartTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={`${title}, values`} tabIndex={0} className="h-48 overflow-y-auto">
      <table className="figures w-full text-right">
        <caption className="sr-only">{title}</caption>
        <thead className="sticky top-0 bg-surface text-ink-mute text-xs">
          <tr>
            <th scope="col" className="py-1 text-left font-medium">
              Time
            </th>
            {data.lines.map((line) => (
              <th key={line.metric} scope="col" className="py-1 pl-3 font-medium">
                {line.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.times
            .map((time, index) => (
              <tr key={time} className="border-line border-t">
                <th scope="row" className="py-1 text-left font-normal text-ink-soft">
                  <time dateTime={new Date(time * 1000).toISOString()}>{describeStep(data, index)}</time>
                </th>
                {data.lines.map(({ metric, texts }) => (
                  <td key={metric} className="py-1 pl-3">
                    {texts[index]}
                  </td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </section>
  )
}
