/** What ECharts is told to draw: readings in ink first, gaps hatched, thresholds named, suspect points hollow. */
import { digits } from '../words/number'
import {
  broken,
  hasRoom,
  isShort,
  moment,
  stacked,
  suspects,
  type Dot,
  type Panel,
  type Series,
} from './timeSeries'

export interface Drawing {
  panels: readonly Panel[]
  from: string
  to: string
}
/** What a drawing needs of its page: colours and font by the names of the tokens, and how things are said. */
export interface Surroundings {
  ink: (token: string) => string
  noData: string
  suspect: string
  absolute: (at: number) => string
  clock: (at: number | string) => string
  date: (at: number) => string
}

type Options = Record<string, unknown>

const LETTERS = 12
const TONES = ['series-1', 'series-2', 'series-3'] as const

/** A tile of the pattern that means: nothing is known here. */
function hatch(ink: Surroundings['ink']): { image: HTMLCanvasElement; repeat: 'repeat' } {
  const tile = document.createElement('canvas')
  tile.width = tile.height = 8
  const pen = tile.getContext('2d')
  if (pen) {
    pen.fillStyle = ink('mute-tint')
    pen.fillRect(0, 0, 8, 8)
    pen.strokeStyle = ink('line-strong')
    pen.lineWidth = 1
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift - 1, 9)
      pen.lineTo(shift + 9, -1)
    }
    pen.stroke()
  }
  return { image: tile, repeat: 'repeat' }
}

const small = (ink: Surroundings['ink'], token = 'ink-3') => ({
  color: ink(token),
  fontSize: LETTERS,
  fontFamily: ink('font'),
})

/** The hours; written only below the last plot. */
function timeAxis(i: number, isLast: boolean, { from, to }: Drawing, around: Surroundings): Options {
  const { ink, absolute, clock, date } = around
  const say = isShort(from, to) ? clock : date
  return {
    type: 'time',
    gridIndex: i,
    min: moment(from),
    max: moment(to),
    splitNumber: 6,
    axisLine: { lineStyle: { color: ink('line-strong') }, onZero: false },
    axisTick: { show: isLast, lineStyle: { color: ink('line-strong') } },
    axisLabel: { ...small(ink), show: isLast, hideOverlap: true, formatter: (at: number) => say(at) },
    splitLine: { show: false },
    axisPointer: { label: { show: isLast, formatter: ({ value }: { value: number }) => absolute(value) } },
  }
}

function valueAxis(i: number, panel: Panel, height: number, { ink }: Surroundings): Options {
  return {
    type: 'value',
    gridIndex: i,
    name: `${panel.title} ${panel.unit}`,
    nameLocation: 'end',
    nameGap: 10,
    nameTextStyle: { ...small(ink), align: 'left', padding: [0, 0, 0, -38] },
    scale: panel.kind !== 'bar',
    splitNumber: height < 100 ? 2 : 4,
    minInterval: 0,
    axisLabel: small(ink),
    splitLine: { lineStyle: { color: ink('line') } },
    axisPointer: { show: false },
  }
}

/** Gaps and thresholds of a panel; they hang on its first series. */
function marks(panel: Panel, isFirst: boolean, { from, to }: Drawing, around: Surroundings): Options {
  const { ink, noData, clock } = around
  return {
    markArea: {
      silent: true,
      itemStyle: { color: hatch(ink) },
      data: (panel.gaps ?? []).map((gap) => [
        {
          xAxis: moment(gap.from),
          label: { ...small(ink, 'ink'), lineHeight: 18, position: 'insideTop', distance: 6 },
          name: isFirst && hasRoom(gap, from, to) ? `${noData}\n${clock(gap.from)}–${clock(gap.to)}` : '',
        },
        { xAxis: moment(gap.to) },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: { color: ink('warn'), type: [4, 3], width: 1.5 },
      label: { ...small(ink, 'warn'), position: 'insideStartTop', formatter: '{b}' },
      data: (panel.thresholds ?? []).map(({ value, label }) => ({ yAxis: value, name: label })),
    },
  }
}

function bars(dots: Dot[], doubtful: Set<number>, { ink }: Surroundings): Options {
  const tone = ink(TONES[1])
  return {
    type: 'bar',
    barMaxWidth: 10,
    barMinWidth: 1,
    data: dots.map(([at, value]) => ({
      value: [at, value],
      itemStyle: doubtful.has(at)
        ? { color: 'transparent', borderColor: tone, borderWidth: 1 }
        : { color: tone },
    })),
  }
}

/** A line with its last value written at its end. */
function line(dots: Dot[], one: Series, tone: string, { ink }: Surroundings): Options {
  const last = dots.findLast(([, value]) => value !== null)
  return {
    type: 'line',
    showSymbol: dots.length < 3,
    symbol: 'circle',
    symbolSize: 5,
    lineStyle: { width: 1.5, color: tone },
    itemStyle: { color: tone },
    data: dots,
    markPoint: {
      silent: true,
      symbol: 'circle',
      symbolSize: 6,
      itemStyle: { color: tone },
      label: {
        ...small(ink, 'ink'),
        position: 'right',
        fontWeight: 600,
        formatter: () => (one.name ? `${one.name} ` : '') + digits(last?.[1] ?? null),
      },
      data: last ? [{ coord: last }] : [],
    },
  }
}

/** The series of one panel; over a line its suspect points stand hollow. */
function seriesOf(i: number, drawing: Drawing, around: Surroundings): Options[] {
  const panel = drawing.panels[i] as Panel
  const axes = { xAxisIndex: i, yAxisIndex: i }
  return panel.series.slice(0, TONES.length).flatMap((one, n) => {
    const tone = around.ink(TONES[n] as string)
    const dots = broken(one.points, panel.gaps)
    const doubtful = suspects(one.points)
    const drawn = {
      name: one.name ?? panel.title,
      ...axes,
      ...(panel.kind === 'bar' ? bars(dots, doubtful, around) : line(dots, one, tone, around)),
      ...(n === 0 ? marks(panel, i === 0, drawing, around) : {}),
    }
    if (!doubtful.size || panel.kind === 'bar') return [drawn]
    const hollow = {
      type: 'scatter',
      name: around.suspect,
      ...axes,
      symbolSize: 6,
      z: 4,
      itemStyle: { color: around.ink('card'), borderColor: tone, borderWidth: 1.5 },
      data: dots.filter(([at]) => doubtful.has(at)),
    }
    return [drawn, hollow]
  })
}

/** Drawn on the canvas: a strict policy refuses the markup of the usual tooltip. */
function tooltip({ ink, absolute }: Surroundings): Options {
  return {
    trigger: 'axis',
    renderMode: 'richText',
    backgroundColor: ink('card'),
    borderColor: ink('line-strong'),
    textStyle: small(ink, 'ink'),
    formatter: (found: { seriesName: string; value: Dot; seriesType: string }[]) =>
      [
        found[0] ? absolute(found[0].value[0]) : '',
        ...found
          .filter(({ seriesType }) => seriesType !== 'scatter')
          .map(({ seriesName, value }) => `${seriesName} ${digits(value[1])}`),
      ].join('\n'),
  }
}

/** The whole drawing, one plot a panel. */
export function optionsOf(drawing: Drawing, around: Surroundings): Options {
  const { ink } = around
  const { panels } = drawing
  const { plots } = stacked(panels)
  return {
    animation: false,
    textStyle: { fontFamily: ink('font') },
    axisPointer: {
      link: [{ xAxisIndex: 'all' }],
      lineStyle: { color: ink('ink-3') },
      label: { backgroundColor: ink('ink-2') },
    },
    tooltip: tooltip(around),
    grid: plots.map((plot) => ({ left: 44, right: 52, ...plot })),
    xAxis: panels.map((_, i) => timeAxis(i, i === panels.length - 1, drawing, around)),
    yAxis: panels.map((panel, i) => valueAxis(i, panel, plots[i]?.height ?? 0, around)),
    series: panels.flatMap((_, i) => seriesOf(i, drawing, around)),
  }
}
