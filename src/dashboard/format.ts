// Numbers and times as people read them. A number and its unit stay on one line.

const gap = '\u00a0';

const steps: [number, string][] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** "41.2 k", "930", "0.42": three digits that count. */
export function count(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  for (const [step, letter] of steps) {
    if (size >= step * 0.9995) return `${digits(value / step)}${gap}${letter}`;
  }
  return Number.isInteger(value) ? String(value) : digits(value);
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** Packets a second. */
export function rate(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return '–';
  const text = count(value);
  return `${text}${text.includes(gap) ? '' : gap}/s`;
}

export function percent(share: number | null | undefined): string {
  if (share == null || !Number.isFinite(share)) return '–';
  if (share > 0 && share < 0.005) return `<1${gap}%`;
  return `${Math.round(share * 100)}${gap}%`;
}

/** A span of time, given in seconds. */
export function span(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return '–';
  if (seconds === 0) return `0${gap}s`;
  if (seconds < 1e-3) return `${digits(seconds * 1e6)}${gap}µs`;
  if (seconds < 1) return `${digits(seconds * 1e3)}${gap}ms`;
  if (seconds < 120) return `${digits(seconds)}${gap}s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)}${gap}min` : `${digits(seconds / 3600)}${gap}h`;
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    ++unit;
  }
  return `${unit === 0 ? value : digits(value)}${gap}${units[unit]}`;
}

/** The time of day of a moment in milliseconds since 1970. */
export function clock(time: number): string {
  return new Date(time).toLocaleTimeString(undefined, { hour12: false });
}

/** At most `most` characters, the middle left out: both ends of a name tell it apart. */
export function shorten(text: string, most: number): string {
  const letters = [...text];
  if (letters.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (most - 1 - head)).join('')}`;
}
