/** Spans of missing data, in indexes of the points on either side. */
export interface Gap {
  from: number;
  to: number;
}

/** The usual distance between neighbouring points, in places of the grid. */
function usualDistance(values: (number | null)[]): number {
  const distances: number[] = [];
  let last = -1;
  values.forEach((value, i) => {
    if (value === null) return;
    if (last >= 0) distances.push(i - last);
    last = i;
  });
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)] ?? 1;
}

/**
 * Prepares a curve for uPlot: places that merely fall between two samples become `undefined`, which is drawn across;
 * places in an interval of more than three usual steps stay `null`, which breaks the line.
 */
export function breakAtGaps(values: (number | null)[]): { values: (number | null | undefined)[]; gaps: Gap[] } {
  const longest = usualDistance(values) * 3;
  const result: (number | null | undefined)[] = values.slice();
  const gaps: Gap[] = [];
  let last = -1;
  values.forEach((value, i) => {
    if (value === null) return;
    if (last >= 0 && i - last > 1) {
      if (i - last > longest) gaps.push({ from: last, to: i });
      else for (let k = last + 1; k < i; k++) result[k] = undefined;
    }
    last = i;
  });
  return { values: result, gaps };
}
