/* global uPlot */
const colourOf = (variable) => {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};
const faded = (colour, opacity = 0.14) => colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);

const wholeSteps = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((of) => of * 10 ** power)).flat();

/**
 * A time chart in `host`; `update(at[], series[])` redraws it. A series: `{label, variable, shape: 'line' | 'area' | 'halo' | 'bars',
 * values, openFrom}`; from index `openFrom` on its buckets are not complete and are drawn dashed or pale.
 */
export function createChart(host, { timeZone, formatValue, isByDay, isWhole = false }) {
  let plot = null;
  let shown = null;

  const draw = () => {
    if (!shown || host.clientWidth === 0) return;
    plot?.destroy();
    const { at, series } = shown;
    const grid = { stroke: colourOf('--line'), width: 1 };
    const axis = {
      stroke: colourOf('--soft'),
      grid,
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const zone = isByDay ? 'UTC' : timeZone;
    plot = new uPlot(
      {
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
            ...(isWhole ? { incrs: wholeSteps } : {}),
            values: (_, splits) => splits.map((v) => (v === null ? '' : formatValue(v))),
          },
        ],
        series: [{}, ...series.flatMap(linesOf)],
      },
      [at, ...series.flatMap(valuesOf)],
      host,
    );
  };

  new ResizeObserver(() => draw()).observe(host);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  return {
    update(at, series, summary) {
      shown = { at, series };
      host.setAttribute('role', 'img');
      host.setAttribute('aria-label', summary);
      draw();
    },
  };
}

/** Half a step to both sides, or the first and the last bar would be cut. */
function spanOf(at, series, low, high) {
  const half =
    series.some(({ shape }) => shape === 'bars') || at.length < 2
      ? ((at[1] ?? low + 60) - (at[0] ?? low)) / 2
      : 0;
  return [low - half, high + half];
}

function timeName(seconds, timeZone, isByDay, at) {
  const isLong = at.length > 1 && at.at(-1) - at[0] > 2 * 86_400;
  const options =
    isByDay || isLong
      ? { day: 'numeric', month: 'short' }
      : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(undefined, { timeZone, ...options }).format(new Date(seconds * 1000));
}

/** Two lines of one series: what is complete, and what is still open. */
function linesOf({ label, variable, shape }) {
  const stroke = colourOf(variable);
  const points = { size: 5, fill: stroke, stroke };
  if (shape === 'bars') {
    const paths = uPlot.paths.bars({ size: [0.7, 28], radius: 0.15 });
    return [
      { label, stroke, fill: stroke, paths, points: { show: false } },
      { label, stroke, fill: faded(stroke), paths, points: { show: false } },
    ];
  }
  if (shape === 'halo') {
    const pale = faded(stroke, 0.45);
    const halo = { label, stroke: pale, width: 6, points: { show: false } };
    return [halo, { ...halo, width: 3, dash: [4, 4] }];
  }
  return [
    {
      label,
      stroke,
      width: 2,
      ...(shape === 'area' ? { fill: faded(stroke) } : {}),
      points: { ...points, show: isSparse },
    },
    { label, stroke, width: 2, dash: [4, 4], points: { ...points, show: isSparse } },
  ];
}

const isSparse = (plot) => plot.data[0].length < 3;

function valuesOf({ values, openFrom, shape }) {
  const isBars = shape === 'bars';
  const joint = isBars ? openFrom : openFrom - 1;
  const drawn = (value) => (isBars && value === 0 ? null : value);
  return [
    values.map((value, i) => (i < openFrom ? drawn(value) : null)),
    values.map((value, i) => (i >= Math.max(0, joint) && openFrom < values.length ? drawn(value) : null)),
  ];
}
