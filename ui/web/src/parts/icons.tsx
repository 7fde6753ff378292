const paths = {
  overview: 'M8 3.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 0 0 0-9.2M.8 8h14.4',
  explore: 'M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8M10.3 10.3 14 14',
  dashboards: 'M2 2.5h5v6H2zM9 2.5h5v3.5H9zM9 8h5v5.5H9zM2 10.5h5v3H2z',
  endpoints: 'M2.5 5.2h10M9.8 2.6l2.7 2.6-2.7 2.6M13.5 10.8h-10M6.2 8.2l-2.7 2.6 2.7 2.6',
  costs: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M10 5.9C9.6 5.2 8.9 4.9 8 4.9c-1.1 0-2 .5-2 1.5 0 2.1 4.1 1 4.1 3.2 0 1-.9 1.6-2.1 1.6-1 0-1.8-.4-2.2-1.1M8 3.9v8.2',
  docs: 'M8 4c-1.4-1-3.3-1.3-5.5-1.2v9.4c2.2-.1 4.1.2 5.5 1.2 1.4-1 3.3-1.3 5.5-1.2V2.8C11.3 2.7 9.4 3 8 4zM8 4v9.4',
  alerts: 'M4 11V7.2a4 4 0 0 1 8 0V11l1.2 1.6H2.8zM6.8 14.4h2.4',
  health: 'M1.5 8.5h3l2-5 3 9.5 2-4.5h3',
  data: 'M2 9.5 4.2 3h7.6L14 9.5V13H2zM2 9.5h3.5L6.5 11h3l1-1.5H14',
  settings: 'M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 2.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4M6 9.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4',
  theme: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  copy: 'M5.5 5.5H13v8H5.5zM3 10.5v-8h7.5',
  check: 'm3 8.5 3.3 3.3L13 4.5',
  plus: 'M8 3v10M3 8h10',
  cross: 'm4 4 8 8M12 4l-8 8',
  down: 'm4.5 6.3 3.5 3.4 3.5-3.4',
  more: 'M3 8h.02M8 8h.02M13 8h.02',
  user: 'M8 2.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4M2.8 13.6c.5-2.4 2.6-3.7 5.2-3.7s4.7 1.3 5.2 3.7',
  out: 'M6.5 2.5H3v11h3.5M10 5l3 3-3 3M13 8H6.5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true"><path d={paths[name]} /></svg>;
}

export type Tone = 'plain' | 'ok' | 'warn' | 'bad';

/** The mark: a circle with its load line, in the colour of the worst status. */
export function Mark({ tone = 'plain', size = 26 }: { tone?: Tone; size?: number }) {
  return (
    <svg class={`mark ${tone}`} width={size} height={(size * 20) / 26} viewBox="0 0 26 20" aria-hidden="true">
      <circle cx="13" cy="10" r="7" /><path d="M1 10h24" />
    </svg>
  );
}
