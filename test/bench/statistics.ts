/** The value below which `share` (0 to 1) of the samples lie, between neighbours in proportion. NaN for none. */
export const quantile = (samples: readonly number[], share: number): number => {
  const sorted = [...samples].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

/** Median and the extremes: with a handful of rounds these say more than a deviation. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly samples: number
}

export const spread = (samples: readonly number[]): Spread => ({
  median: median(samples),
  min: quantile(samples, 0),
  max: quantile(samples, 1),
  samples: samples.length,
})

export interface Delays {
  readonly p50: number
  readonly p95: number
  readonly max: number
  readonly samples: number
}

export const delays = (samples: readonly number[]): Delays => ({
  p50: median(samples),
  p95: quantile(samples, 0.95),
  max: quantile(samples, 1),
  samples: samples.length,
})

/** Slope of the straight line through the points (least squares), in units of y per unit of x. */
export const slope = (points: readonly (readonly [x: number, y: number])[]): number => {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  const sum = (term: (x: number, y: number) => number): number =>
    points.reduce((total, [x, y]) => total + term(x - meanX, y - meanY), 0)
  const spreadX = sum((x) => x * x)
  return spreadX === 0 ? 0 : sum((x, y) => x * y) / spreadX
}
