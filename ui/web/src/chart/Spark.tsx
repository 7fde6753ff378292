interface SparkProps {
  values: (number | null)[];
  width: number;
  height: number;
  fill?: boolean;
  line?: number | null;
  top?: number;
}

function scaler({ values, height, line, top, fill }: SparkProps): (value: number) => number {
  const known = values.filter((value): value is number => value !== null);
  const low = fill ? 0 : Math.min(...known), high = Math.max(...known, line ?? -Infinity);
  const spread = high - low || Math.abs(high) || 1;
  const floor = fill ? 0 : Math.max(0, low - spread * 0.5), ceiling = top ?? high + spread * 0.2;
  return (value) => height - 1 - ((value - floor) / (ceiling - floor || 1)) * (height - 2);
}

/** A trace without axes; gaps stay gaps. */
export function Spark(props: SparkProps) {
  const { values, width, height, fill, line } = props;
  if (!values.some((value) => value !== null)) return <span class="mut">–</span>;
  const y = scaler(props);
  const x = (i: number): string => ((i / Math.max(1, values.length - 1)) * width).toFixed(1);
  let path = '', area = '', start = -1;
  values.forEach((value, i) => {
    if (value === null) return;
    const first = i === 0 || values[i - 1] === null;
    if (first) start = i;
    path += `${first ? 'M' : 'L'}${x(i)} ${y(value).toFixed(1)}`;
    area += first ? `M${x(i)} ${height}L${x(i)} ${y(value).toFixed(1)}` : `L${x(i)} ${y(value).toFixed(1)}`;
    if (i === values.length - 1 || values[i + 1] === null) {
      area += `L${x(i)} ${height}Z`;
      if (start === i) path += 'h.1';
    }
  });
  return (
    <svg class="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {fill && <path class="spark-area" d={area} />}
      {line != null && <path class="spark-load" d={`M0 ${y(line).toFixed(1)}h${width}`} />}
      <path class="spark-line" d={path} />
    </svg>
  );
}
