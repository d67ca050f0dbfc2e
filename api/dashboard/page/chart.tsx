import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Series {
  readonly label: string;
  /** Variable of its colour. */
  readonly variable: string;
  readonly shape: 'line' | 'area' | 'halo' | 'bars' | 'ghost';
  readonly values: readonly (number | null)[];
  /** From this index on its buckets are not complete and are drawn dashed or pale. */
  readonly openFrom: number;
}

interface ChartProps {
  /** Epoch seconds of each bucket. */
  readonly at: readonly number[];
  readonly series: readonly Series[];
  /** What it shows, in a sentence. */
  readonly summary: string;
  readonly timeZone: string;
  readonly formatValue: (value: number) => string;
  readonly isByDay: boolean;
  readonly isWhole?: boolean;
}

const colourOf = (variable: string): string => {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};
const faded = (colour: string, opacity = 0.14): string =>
  colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);

const wholeSteps = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((of) => of * 10 ** power)).flat();

/** A chart over time. What it shows stands in words in its label, and in the table behind it. */
export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const shown = useRef(props);
  shown.current = props;
  const drawn = useRef<() => void>(() => undefined);

  useEffect(() => {
    const { current } = host;
    if (!current) return undefined;
    let plot: uPlot | null = null;
    const draw = (): void => {
      plot?.destroy();
      plot = current.clientWidth === 0 ? null : drawChart(current, shown.current);
    };
    drawn.current = draw;
    const resized = new ResizeObserver(draw);
    resized.observe(current);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', draw);
      plot?.destroy();
    };
  }, []);
  useEffect(() => drawn.current());

  return <div class="chart" ref={host} role="img" aria-label={props.summary} />;
}

function drawChart(host: HTMLDivElement, props: ChartProps): uPlot {
  const { at, series, timeZone, formatValue, isByDay, isWhole } = props;
  const axis = {
    stroke: colourOf('--soft'),
    grid: { stroke: colourOf('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const zone = isByDay ? 'UTC' : timeZone;
  const options: uPlot.Options = {
    width: host.clientWidth,
    height: host.clientHeight,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
    legend: { show: false },
    scales: {
      x: { range: (_, low, high) => spanOf(at, series, low, high) },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, 1) * 1.08] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        grid: { show: false },
        values: (_, splits) => splits.map((s) => timeName(s, zone, isByDay, at)),
      },
      {
        ...axis,
        size: 64,
        ...(isWhole === true ? { incrs: wholeSteps } : {}),
        values: (_, splits) => splits.map((v) => (v === null ? '' : formatValue(v))),
      },
    ],
    series: [{}, ...series.flatMap(linesOf)],
  };
  return new uPlot(options, [[...at], ...series.flatMap(valuesOf)], host);
}

/** Half a step to both sides, or the first and the last bar would be cut. */
function spanOf(
  at: readonly number[],
  series: readonly Series[],
  low: number,
  high: number,
): [number, number] {
  const half =
    series.some(({ shape }) => shape === 'bars') || at.length < 2
      ? ((at[1] ?? low + 60) - (at[0] ?? low)) / 2
      : 0;
  return [low - half, high + half];
}

function timeName(seconds: number, timeZone: string, isByDay: boolean, at: readonly number[]): string {
  const isLong = (at.at(-1) ?? 0) - (at[0] ?? 0) > 2 * 86_400;
  const options: Intl.DateTimeFormatOptions =
    isByDay || isLong
      ? { day: 'numeric', month: 'short' }
      : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(undefined, { timeZone, ...options }).format(new Date(seconds * 1000));
}

/** Two lines of one series: what is complete, and what is still open. */
function linesOf({ label, variable, shape }: Series): uPlot.Series[] {
  const stroke = colourOf(variable);
  if (shape === 'bars') {
    const paths = uPlot.paths.bars?.({ size: [0.7, 28], radius: 0.15 });
    const bars = { label, stroke, ...(paths ? { paths } : {}), points: { show: false } };
    return [
      { ...bars, fill: stroke },
      { ...bars, fill: faded(stroke) },
    ];
  }
  if (shape === 'ghost') {
    const ghost = { label, stroke: faded(stroke, 0.6), width: 1, dash: [2, 3], points: { show: false } };
    return [ghost, ghost];
  }
  if (shape === 'halo') {
    const halo = { label, stroke: faded(stroke, 0.45), width: 6, points: { show: false } };
    return [halo, { ...halo, width: 3, dash: [4, 4] }];
  }
  const points = { size: 5, fill: stroke, stroke, show: isSparse };
  return [
    { label, stroke, width: 2, ...(shape === 'area' ? { fill: faded(stroke) } : {}), points },
    { label, stroke, width: 2, dash: [4, 4], points },
  ];
}

const isSparse = (plot: uPlot): boolean => plot.data[0].length < 3;

function valuesOf({ values, openFrom, shape }: Series): (number | null)[][] {
  const isBars = shape === 'bars';
  const joint = isBars ? openFrom : openFrom - 1;
  const drawn = (value: number | null): number | null => (isBars && value === 0 ? null : value);
  return [
    values.map((value, i) => (i < openFrom ? drawn(value) : null)),
    values.map((value, i) => (i >= Math.max(0, joint) && openFrom < values.length ? drawn(value) : null)),
  ];
}
